"""One WebSocket, with a page at its other end that speaks by the byte."""

from __future__ import annotations

import asyncio
import socket
import tracemalloc
from collections.abc import AsyncIterator

import pytest
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.server import ServerProtocol

from edge_agent.web import web_socket
from edge_agent.web.site import LONGEST_MESSAGE
from edge_agent.web.web_socket import PageSaid, WebSocket

PARTS = 2000
PING, PONG = (Frame(opcode, b"").serialize(mask=False) for opcode in (Opcode.PING, Opcode.PONG))


class Ends:
    """Of one WebSocket: `ours`, and a page that says frames."""

    def __init__(self, ours: WebSocket, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.ours, self._reader, self._writer = ours, reader, writer

    async def say(self, *frames: Frame) -> None:
        self._writer.write(b"".join(frame.serialize(mask=True) for frame in frames))
        await self._writer.drain()

    async def hear(self, size: int) -> bytes:
        return await self._reader.readexactly(size)

    async def all_is_read(self) -> None:
        await self.say(Frame(Opcode.PING, b""))
        await self.hear(len(PONG))


@pytest.fixture
async def ends() -> AsyncIterator[Ends]:
    one, other = socket.socketpair()
    reader, writer = await asyncio.open_connection(sock=one)
    page_reader, page_writer = await asyncio.open_connection(sock=other)
    protocol = ServerProtocol(max_size=LONGEST_MESSAGE, state=State.OPEN)
    yield Ends(WebSocket(protocol, reader, writer), page_reader, page_writer)
    for end in (writer, page_writer):
        end.close()
        await end.wait_closed()


async def test_what_is_sent_to_a_page_that_closes_is_lost(ends: Ends) -> None:
    await ends.say(Frame(Opcode.CLOSE, b"\x03\xe8"))
    assert await ends.ours.receive() is None
    with pytest.raises(ConnectionError):
        await ends.ours.send(b"{}")


async def test_a_silent_page_is_asked_whether_it_lives_and_then_given_up(
    ends: Ends, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web_socket, "PATIENCE_S", 0.05)
    with pytest.raises(TimeoutError):
        await ends.ours.receive()
    assert await ends.hear(len(PING)) == PING


async def test_a_message_may_come_in_parts(ends: Ends) -> None:
    await ends.say(
        Frame(Opcode.TEXT, b"mu", fin=False), Frame(Opcode.CONT, b"", fin=False), Frame(Opcode.CONT, b"te")
    )
    assert await ends.ours.receive() == PageSaid(b"mute")
    await ends.say(Frame(Opcode.TEXT, b""), Frame(Opcode.TEXT, b"stop"))
    assert [await ends.ours.receive() for _ in range(2)] == [PageSaid(b""), PageSaid(b"stop")]


async def test_sound_is_told_from_words(ends: Ends) -> None:
    await ends.say(
        Frame(Opcode.BINARY, b"ab", fin=False), Frame(Opcode.CONT, b"cd"), Frame(Opcode.TEXT, b"stop")
    )
    received = [await ends.ours.receive() for _ in range(2)]
    assert received == [PageSaid(b"abcd", binary=True), PageSaid(b"stop")]


async def test_empty_parts_take_no_memory(ends: Ends) -> None:
    receiving = asyncio.create_task(ends.ours.receive())
    await ends.say(Frame(Opcode.TEXT, b"mute", fin=False))
    await ends.all_is_read()
    tracemalloc.start()
    try:
        await ends.say(*[Frame(Opcode.CONT, b"", fin=False)] * PARTS)
        await ends.all_is_read()
        ours = tracemalloc.take_snapshot().filter_traces([tracemalloc.Filter(True, web_socket.__file__)])
    finally:
        tracemalloc.stop()
    assert sum(trace.size for trace in ours.traces) < PARTS
    await ends.say(Frame(Opcode.CONT, b""))
    assert await receiving == PageSaid(b"mute")
