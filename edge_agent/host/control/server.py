"""The control socket: other programs of this machine ask and command the running device.

AF_UNIX, one JSON object a line each way. Who may open it is a matter of the file's group. What a client asks is in
`requests`. One that is slow, silent or wordy is cut off, and the oldest goes when there are too many, so that
whoever comes is answered; none can hold up the sound, which runs elsewhere.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..clients import Clients
from .requests import LONGEST_REQUEST, RequestRefused, parse

VERSION = 1
CLIENT_S = 5.0  # for the next request, and for an answer to be read
PACE_S = 0.001  # between the requests of one client
MOST_CLIENTS = 64

Answer = dict[str, Any]


class Control:
    """`do` carries out a request, and gives the answer; raises Refused."""

    def __init__(self, path: Path, do: Callable[[dict[str, Any]], Answer]) -> None:
        self._path, self._do = path, do
        self._server: asyncio.Server | None = None
        self._clients = Clients("control", MOST_CLIENTS, self._converse)

    @property
    def clients(self) -> int:
        return len(self._clients)

    async def start(self) -> None:
        """Raises OSError where the socket cannot be made, and FileExistsError where a device listens."""
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
                writer.write(_encode(self._answer(line)))
            async with asyncio.timeout(CLIENT_S):
                await writer.drain()
            if not line.endswith(b"\n"):
                return
            await asyncio.sleep(PACE_S)

    def _answer(self, line: bytes) -> Answer:
        try:
            return {"version": VERSION, "ok": True} | self._do(parse(line))
        except RequestRefused as refusal:
            return _refusal(str(refusal))


def _refusal(why: str) -> Answer:
    return {"version": VERSION, "ok": False, "error": why}


def _encode(answer: Answer) -> bytes:
    return json.dumps(answer).encode() + b"\n"


async def _answers(path: Path) -> bool:
    try:
        _, writer = await asyncio.open_unix_connection(path)
    except OSError:
        return False
    writer.close()
    return True
