"""Those who are served over a socket: at most so many; the oldest goes when there are more, so that whoever comes is
answered."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

Converse = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Clients:
    """`converse` with each; it is over when that returns, takes too long for itself (TimeoutError), or the other end
    is gone (ConnectionError)."""

    def __init__(self, name: str, most: int, converse: Converse) -> None:
        self._name, self._most, self._converse = name, most, converse
        self._tasks: dict[asyncio.Task[None], None] = {}  # the oldest first
        self._kept: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._tasks) + len(self._kept)

    def keep(self) -> None:
        """The one that is served now stays, however many come. Called by its `converse`."""
        task = asyncio.current_task()
        assert task
        del self._tasks[task]
        self._kept.add(task)

    def meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        client = asyncio.get_running_loop().create_task(self._serve(reader, writer), name=self._name)
        self._tasks[client] = None
        client.add_done_callback(lambda _: self._close(client, writer))
        if len(self._tasks) > self._most:
            next(iter(self._tasks)).cancel()

    def part(self) -> None:
        """With all of them."""
        for client in (*self._tasks, *self._kept):
            client.cancel()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(TimeoutError, ConnectionError):
            await self._converse(reader, writer)

    def _close(self, client: asyncio.Task[None], writer: asyncio.StreamWriter) -> None:
        """Also of one that was cut off before its first word was read."""
        self._tasks.pop(client, None)
        self._kept.discard(client)
        writer.transport.abort() if writer.transport.get_write_buffer_size() else writer.close()
