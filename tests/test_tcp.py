"""What the system tells of a real connection on loopback."""

from __future__ import annotations

import asyncio
import socket

from edge_agent.realtime.tcp import drop_unsent, hold_back, taken, tune


async def test_what_is_held_back_leaves_together() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        _, writer = await asyncio.open_connection(*server.getsockname())
        peer, _ = await asyncio.get_running_loop().sock_accept(server)
        hold_back(writer.transport, on=True)
        writer.write(b"one")
        writer.write(b"two")
        hold_back(writer.transport, on=False)
        assert await asyncio.get_running_loop().sock_recv(peer, 100) == b"onetwo"
        writer.close()
        peer.close()


async def test_how_much_the_peer_has_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        _, writer = await asyncio.open_connection(*server.getsockname())
        peer, _ = await asyncio.get_running_loop().sock_accept(server)
        tune(writer.transport)
        before, _ = taken(writer.transport)
        writer.write(bytes(1000))
        await writer.drain()
        assert len(await asyncio.get_running_loop().sock_recv(peer, 2000)) == 1000
        async with asyncio.timeout(10):
            while taken(writer.transport)[0] < before + 1000:  # noqa: ASYNC110 - the system tells nobody
                await asyncio.sleep(0)
        writer.write(bytes(2**23))  # more than it takes without reading
        drop_unsent(writer.transport)
        writer.transport.abort()
        await asyncio.sleep(0)
        assert taken(writer.transport) == (0, False)
        peer.close()
