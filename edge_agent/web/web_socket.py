"""One WebSocket: the protocol is spoken by websockets, without its sockets."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress

from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.server import ServerProtocol

from ..vocabulary.frozen import frozen

PATIENCE_S = 20.0  # until a silent page is asked whether it lives, and then until it is given up
WRITE_S = 5.0
AT_ONCE = 16 * 1024  # bytes


@frozen
class PageSaid:
    """A message of a page. `binary`: of sound."""

    data: bytes
    binary: bool = False


class WebSocket:
    """After the handshake. Raises ConnectionError and TimeoutError where the other end is gone, or reads nothing."""

    def __init__(
        self, protocol: ServerProtocol, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._protocol, self._reader, self._writer = protocol, reader, writer
        self._begun = bytearray()  # of a message in parts, which may be empty and without number
        self._is_binary = False
        self._received: deque[PageSaid] = deque()

    async def begin(self, response: bytes) -> None:
        self._writer.write(response)
        await self._drain()

    async def receive(self) -> PageSaid | None:
        """The next message; None: it is closed."""
        while True:
            for event in self._protocol.events_received():
                if isinstance(event, Frame):
                    self._take(event)
            if self._received:
                return self._received.popleft()
            if self._protocol.state is not State.OPEN:
                return None
            if data := await self._read():
                self._protocol.receive_data(data)
            else:
                self._protocol.receive_eof()
            await self._write()

    async def send(self, text: bytes) -> None:
        self._require_open()
        self._protocol.send_text(text)
        await self._write()

    async def send_binary(self, data: bytes) -> None:
        self._require_open()
        self._protocol.send_binary(data)
        await self._write()

    def _require_open(self) -> None:
        if self._protocol.state is not State.OPEN:
            raise ConnectionError("closed")

    async def close(self, code: int, reason: str) -> None:
        if self._protocol.state is State.OPEN:
            self._protocol.send_close(code, reason)
            await self._write()

    def _take(self, frame: Frame) -> None:
        if frame.opcode not in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            return
        if frame.opcode is not Opcode.CONT:
            self._is_binary = frame.opcode is Opcode.BINARY
        self._begun += frame.data
        if frame.fin:
            self._received.append(PageSaid(bytes(self._begun), self._is_binary))
            self._begun.clear()

    async def _read(self) -> bytes:
        with suppress(TimeoutError):
            return await self._read_in_time()
        self._protocol.send_ping(b"")
        await self._write()
        return await self._read_in_time()

    async def _read_in_time(self) -> bytes:
        async with asyncio.timeout(PATIENCE_S):
            return await self._reader.read(AT_ONCE)

    async def _write(self) -> None:
        self._writer.write(b"".join(self._protocol.data_to_send()))
        await self._drain()

    async def _drain(self) -> None:
        async with asyncio.timeout(WRITE_S):
            await self._writer.drain()
