"""Attends to one page: sends what its mailbox holds, and takes what it asks, until either ends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable

from ..host.rate import RateLimit
from .mailbox import Letter, Mailbox
from .web_socket import WebSocket

BURST, EACH_S = 40, 0.1  # messages of a page in a row, and the time that earns another
NORMAL, POLICY_VIOLATION, TRY_LATER = 1000, 1008, 1013  # RFC 6455, and the registry of its close codes

TakeMessage = Callable[[bytes], Awaitable[None]]


class Attendance:
    """`take` gets what the page says. Ends when the page goes, reads too slowly or asks too much."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket, self._mailbox = socket, Mailbox()
        self._news = asyncio.Event()
        self._is_dismissed = False

    def dismiss(self, last: Letter) -> None:
        """It ends once this is sent."""
        self._is_dismissed = True
        self.put([last])

    def put(self, letters: Iterable[Letter]) -> None:
        self._mailbox.put(letters)
        self._news.set()

    async def run(self, take: TakeMessage) -> None:
        work = [asyncio.create_task(self._deliver()), asyncio.create_task(self._listen(take))]
        try:
            done, _ = await asyncio.wait(work, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in work:
                task.cancel()
            await asyncio.gather(*work, return_exceptions=True)
        for task in done:
            task.result()

    async def _deliver(self) -> None:
        while not self._mailbox.full:
            await self._news.wait()
            self._news.clear()
            for message in self._mailbox.take():
                await self._socket.send(json.dumps(message, ensure_ascii=False).encode())
            if self._is_dismissed:
                await self._socket.close(NORMAL, "over")
                return
        await self._socket.close(TRY_LATER, "too slow")

    async def _listen(self, take: TakeMessage) -> None:
        allowance, now = RateLimit(BURST, EACH_S), asyncio.get_running_loop().time
        while (said := await self._socket.receive()) is not None:
            if not allowance.allows(now()):
                await self._socket.close(POLICY_VIOLATION, "too many requests")
                return
            await take(said)
