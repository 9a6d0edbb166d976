from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise

import pytest

from edge_agent.realtime.connection import Connection
from edge_agent.realtime.errors import LinkFailure

from ..test_link import KEY, config_for, service
from .proxy import CHUNK, Proxy

Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def echoed() -> AsyncIterator[Proxy]:
    """A proxy before a server that says back what it hears."""
    served: set[asyncio.Task[None]] = set()

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        served.add(task)
        try:
            while data := await reader.read(CHUNK):
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    async with await asyncio.start_server(echo, "127.0.0.1", 0) as server:
        async with Proxy(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}") as proxy:
            yield proxy
        await asyncio.wait_for(asyncio.gather(*served), 5)


@asynccontextmanager
async def client(proxy: Proxy) -> AsyncIterator[Ends]:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def ask(ends: Ends, words: bytes) -> bytes:
    ends[1].write(words)
    async with asyncio.timeout(5):
        return await ends[0].readexactly(len(words))


async def test_it_relays_and_counts() -> None:
    async with echoed() as proxy, client(proxy) as one, client(proxy) as other:
        assert await ask(one, b"hello") == b"hello"
        assert await ask(other, b"x" * 1_000_000) == b"x" * 1_000_000
        assert await ask(one, b"?") == b"?"
        assert [relay.passed for relay in proxy.relays] == [{"up": n, "down": n} for n in (6, 1_000_000)]
        assert all(one <= other for one, other in pairwise(proxy.attempts))
        assert len(proxy.attempts) == 2


async def test_a_cut_and_a_reset() -> None:
    async with echoed() as proxy, client(proxy) as one, client(proxy) as other:
        await ask(one, b"1")
        await ask(other, b"2")
        proxy.cut()
        assert await one[0].read() == await other[0].read() == b""
        async with client(proxy) as third:
            await ask(third, b"3")
            proxy.reset()
            with pytest.raises(ConnectionResetError):
                await third[0].read()


async def test_when_one_end_closes_the_other_is_told() -> None:
    async with echoed() as proxy, client(proxy) as one:
        await ask(one, b"1")
        one[1].write(b"last words")
        one[1].write_eof()
        assert await one[0].read() in (b"last words", b"")  # the echo may be too late
    assert proxy.relays[0].over


async def test_frozen_and_thawed() -> None:
    async with echoed() as proxy, client(proxy) as one, client(proxy) as other:
        await ask(one, b"1")
        proxy.freeze()
        one[1].write(b"late")
        async with client(proxy) as new:
            new[1].write(b"new")
            await settle(proxy)
            assert proxy.relays[0].passed == {"up": 1, "down": 1}
            proxy.thaw()
            assert await one[0].readexactly(4) == b"late"
            assert await new[0].readexactly(3) == b"new"
            assert await ask(other, b"2") == b"2"


async def settle(proxy: Proxy) -> None:
    """Some rounds of the event loop."""
    for _ in range(20):
        await asyncio.sleep(0)
    assert not proxy.relays[-1].over


async def test_frozen_with_new_connections_reset() -> None:
    async with echoed() as proxy, client(proxy) as one:
        await ask(one, b"1")
        proxy.freeze("reset")
        async with client(proxy) as new:
            with pytest.raises(ConnectionResetError):
                await new[0].read()
        proxy.thaw()
        assert await ask(one, b"2") == b"2"
        assert len(proxy.attempts) == 2


async def test_nobody_listens() -> None:
    async with echoed() as proxy, client(proxy) as one:
        await ask(one, b"1")
        await proxy.refuse()
        await proxy.refuse()
        with pytest.raises(ConnectionRefusedError):
            async with client(proxy):
                pass
        assert await ask(one, b"2") == b"2"
        await proxy.accept()
        async with client(proxy) as new:
            assert await ask(new, b"3") == b"3"


async def test_drips() -> None:
    async with echoed() as proxy, client(proxy) as one:
        await ask(one, b"1")
        proxy.throttle(200)
        one[1].write(b"x" * 40)
        drip = await one[0].read(40)
        assert len(drip) <= 10
        proxy.throttle(None)
        assert await one[0].readexactly(40 - len(drip)) == b"x" * (40 - len(drip))


async def test_where_no_service_is() -> None:
    async with await asyncio.start_server(lambda *_: None, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with Proxy(url) as proxy, client(proxy) as one:
        with pytest.raises(ConnectionResetError):
            await one[0].read()


async def test_a_session_through_it() -> None:
    async with service() as simulated, Proxy(simulated.url) as proxy:
        connection = Connection(config_for(proxy.url))
        await connection.open({"api-key": KEY})
        assert proxy.relays[0].passed["down"] > proxy.relays[0].passed["up"] > 500
        proxy.reset()
        with pytest.raises(LinkFailure) as caught:
            [event async for event in connection.events()]
        assert caught.value.code == "dropped"
        await connection.close()
