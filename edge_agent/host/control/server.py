"""The control socket: other programs of this machine ask and command the running device.

What is said there, the package tells. A client that is slow, silent or wordy is cut off, and the oldest goes when there
are too many, so that whoever comes is answered; none can hold up the sound, which runs elsewhere.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from ...telemetry.status import Finding
from ..clients import Clients
from ..surface import Find, Surface
from .requests import LONGEST_REQUEST, VERSION, Request, RequestRefused, parse

log = logging.getLogger("edge_agent")

CLIENT_S = 5.0  # for the next request, and for an answer to be read
PACE_S = 0.001  # between the requests of one client
MOST_CLIENTS = 64

ControlAnswer = Mapping[str, Any]


class Control(Surface):
    """`do` carries out a request, and gives the answer, or will; either may raise RequestRefused. `find` takes what is
    wrong."""

    def __init__(
        self,
        path: Path,
        do: Callable[[Request], ControlAnswer | Awaitable[ControlAnswer]],
        find: Find = lambda _about, _finding: None,
    ) -> None:
        self._path, self._do, self._find = path, do, find
        self._server: asyncio.Server | None = None
        self._clients = Clients("control", MOST_CLIENTS, self._converse)

    @property
    def clients(self) -> int:
        return len(self._clients)

    async def start(self) -> None:
        """Raises FileExistsError where a device listens."""
        try:
            await self._listen()
        except FileExistsError:
            raise
        except OSError as error:
            what = f"cannot create the control socket: {error}"
            log.warning("%s", what)
            self._find("control", Finding("control-socket", what, "check the runtime directory"))

    async def _listen(self) -> None:
        """Raises OSError, and FileExistsError where a device listens."""
        self._path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        if await _answers(self._path):
            raise FileExistsError(f"another edge-agent is already running here ({self._path})")
        self._path.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(
            self._clients.meet, self._path, limit=LONGEST_REQUEST, backlog=256
        )
        os.chmod(self._path, 0o660)  # noqa: PTH101 - of the socket, before anybody can know it

    async def stop(self) -> None:
        if self._server:
            self._server.close()
            self._path.unlink(missing_ok=True)
        self._clients.part()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            try:
                async with asyncio.timeout(CLIENT_S):
                    line = await reader.readline()
            except ValueError:
                line = b""
                writer.write(_encode(_refusal(f"a request can have at most {LONGEST_REQUEST} bytes")))
            if line:
                writer.write(_encode(await self._answer(line)))
            async with asyncio.timeout(CLIENT_S):
                await writer.drain()
            if not line.endswith(b"\n"):
                return
            await asyncio.sleep(PACE_S)

    async def _answer(self, line: bytes) -> ControlAnswer:
        try:
            answer = self._do(parse(line))
            told = await answer if isinstance(answer, Awaitable) else answer
        except RequestRefused as refusal:
            return _refusal(str(refusal))
        return {"version": VERSION, "ok": True, **told}


def _refusal(why: str) -> ControlAnswer:
    return {"version": VERSION, "ok": False, "error": why}


def _encode(answer: ControlAnswer) -> bytes:
    return json.dumps(answer).encode() + b"\n"


async def _answers(path: Path) -> bool:
    try:
        _, writer = await asyncio.open_unix_connection(path)
    except OSError:
        return False
    writer.close()
    return True
