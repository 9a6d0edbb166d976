"""A page that talks, as its own script does, without a browser."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

RATE_HZ = 24_000
BLOCK_BYTES = RATE_HZ // 50 * 2
SILENCE = bytes(BLOCK_BYTES)
FIELDS: dict[str, Any] = {"rate_hz": RATE_HZ, "fields": {}, "key": ""}


class Page:
    """As the page's own script: a block of sound every 20 ms. `told`: what it was told, by its first word."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self.told: list[dict[str, Any]] = []
        self.played = 0  # samples
        self._changed = asyncio.Event()

    async def listen(self) -> None:
        async for message in self._connection:
            if isinstance(message, bytes):
                self.played += len(message) // 2
            else:
                self.told.append(json.loads(message))
            self._changed.set()

    async def ask(self, do: str, **request: Any) -> dict[str, Any]:
        number = len(self.told)
        await self._connection.send(json.dumps({"n": number, "do": do, **request}))
        return await self.until("n", number)

    async def until(self, key: str, value: Any = None) -> dict[str, Any]:
        """The first message that has it."""
        async with asyncio.timeout(20):
            while True:
                for told in self.told:
                    if key in told and value in (None, told[key]):
                        return told
                self._changed.clear()
                await self._changed.wait()

    async def hear(self) -> None:
        """As a microphone in a silent room."""
        while True:
            await self.send(SILENCE)
            await asyncio.sleep(0.02)

    async def send(self, block: bytes) -> None:
        await self.send_raw(self.played.to_bytes(4, "little") + block)

    async def flood(self) -> None:
        """More than there is time for."""
        while True:
            await self.send(SILENCE)

    async def send_raw(self, data: bytes) -> None:
        await self._connection.send(data)

    async def closed(self) -> int | None:
        async with asyncio.timeout(20):
            await self._connection.wait_closed()
        return self._connection.close_code


@asynccontextmanager
async def page_at(port: int, origin: str = "", **headers: str) -> AsyncIterator[Page]:
    site: Any = origin or f"http://127.0.0.1:{port}"
    async with connect(
        f"ws://127.0.0.1:{port}/socket/talk", origin=site, additional_headers=headers, proxy=None
    ) as connection:
        page = Page(connection)
        listening = asyncio.create_task(page.listen())
        try:
            yield page
        finally:
            listening.cancel()


@asynccontextmanager
async def hearing(page: Page) -> AsyncIterator[None]:
    task = asyncio.create_task(page.hear())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError, ConnectionClosed):
            await task
