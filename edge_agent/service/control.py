"""The control socket: other programs of this machine ask and command the running device.

AF_UNIX, one JSON object a line each way. Who may open it is a matter of the file's group. A client that is
slow, silent or wordy is cut off; none can hold up the sound, which runs elsewhere.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from .. import events as e

VERSION = 1
LONGEST_LINE = 4096
PATIENCE_S = 5.0
MOST_CLIENTS = 16


class Refused(Exception):
    """A request that cannot be granted, in a sentence."""


class Control:
    """`post` takes events, `report` gives the status."""

    def __init__(
        self, path: Path, *, post: Callable[[e.Event], None], report: Callable[[], dict[str, Any]]
    ) -> None:
        self._path, self._post, self._report = path, post, report
        self._server: asyncio.Server | None = None
        self._clients = 0

    async def start(self) -> None:
        """Raises OSError where the socket cannot be made, and FileExistsError where a device listens."""
        self._path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        if await _answers(self._path):
            raise FileExistsError(f"another edge-agent is running here ({self._path})")
        self._path.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(self._serve, self._path, limit=LONGEST_LINE)
        os.chmod(self._path, 0o660)  # noqa: PTH101 - of the socket, before anybody can know it

    async def stop(self) -> None:
        if self._server:
            self._server.close()
            self._path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._clients += 1
        try:
            while self._clients <= MOST_CLIENTS:
                async with asyncio.timeout(PATIENCE_S):
                    line = await reader.readline()
                    if not line:
                        break
                    writer.write(json.dumps(self._answer(line)).encode() + b"\n")
                    await writer.drain()
        except (TimeoutError, ValueError, ConnectionError):
            pass  # too slow, too long, gone
        finally:
            self._clients -= 1
            writer.close()

    def _answer(self, line: bytes) -> dict[str, Any]:
        try:
            return {"version": VERSION, "ok": True} | self._do(_request(line))
        except Refused as refusal:
            return {"version": VERSION, "ok": False, "error": str(refusal)}

    def _do(self, request: dict[str, Any]) -> dict[str, Any]:
        match request:
            case {"do": "status"}:
                pass
            case {"do": "volume", "percent": int(percent)} if 0 <= percent <= 100:
                self._post(e.VolumeSet(percent))
            case {"do": "volume", "steps": int(steps)} if abs(steps) <= 10:
                self._post(e.VolumeStepped(steps))
            case {"do": "volume"}:
                raise Refused("volume takes percent (0 to 100) or steps (-10 to 10)")
            case _:
                raise Refused(f"{request.get('do')!r} is unknown; there are status, volume")
        return self._report()


def _request(line: bytes) -> dict[str, Any]:
    with suppress(ValueError, RecursionError):
        request = json.loads(line)
        if isinstance(request, dict):
            return request
    raise Refused('a request is a JSON object in one line, as in {"do": "status"}')


async def _answers(path: Path) -> bool:
    try:
        _, writer = await asyncio.open_unix_connection(path)
    except OSError:
        return False
    writer.close()
    return True
