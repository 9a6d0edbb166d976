from __future__ import annotations

import asyncio
import socket
import threading

import pytest

from edge_agent.app import event_loop


async def look_up(host: str, port: str | int) -> object:
    return await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)


def test_it_finds_what_the_system_finds() -> None:
    assert event_loop.run(look_up("localhost", 80)) == socket.getaddrinfo(
        "localhost", 80, type=socket.SOCK_STREAM
    )
    with pytest.raises(socket.gaierror):
        event_loop.run(look_up("localhost", "no-such-service"))


@pytest.mark.parametrize("answered", ["before the end", "after the end"])
def test_it_ends_though_a_name_is_still_being_looked_up(
    monkeypatch: pytest.MonkeyPatch, answered: str
) -> None:
    answer = threading.Event()

    def hang(*_: object, **__: object) -> list[object]:
        answer.wait()
        return []

    async def give_up() -> threading.Thread:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await look_up("name.invalid", 80)
        (found,) = [thread for thread in threading.enumerate() if thread.name == "resolver"]
        if answered == "before the end":
            answer.set()
            await asyncio.to_thread(found.join, 5)
        return found

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    found = event_loop.run(give_up())
    answer.set()
    found.join(5)
    assert not found.is_alive()
