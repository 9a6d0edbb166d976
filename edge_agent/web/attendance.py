"""Attends to one page: sends what its mailbox holds, and takes what it asks, until either ends."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable, Iterable

from ..host.control.requests import Request, RequestRefused, parse
from ..host.rate import RateLimit
from .mailbox import Letter, Mailbox, PageMessage, answer_letter
from .web_socket import WebSocket

BURST, EACH_S = 40, 0.1  # messages of a page in a row, and the time that earns another
BLOCKS, EACH_BLOCK_S = 100, 0.0195  # the same for 20 ms of sound: clocks differ
NORMAL, POLICY_VIOLATION, TRY_LATER = 1000, 1008, 1013  # RFC 6455, and the registry of its close codes

TakeMessage = Callable[[bytes], Awaitable[None]]
MakeAnswer = Callable[[Request], Awaitable[PageMessage]]  # raises RequestRefused
TakeSound = Callable[[bytes], bool]  # whether it can be sound


def no_sound(_: bytes) -> bool:
    """Of a page that only shows."""
    return False


class Attendance:
    """`take` gets what the page says, `hear` its sound. Ends when the page goes, reads too slowly or asks too much."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket, self._mailbox = socket, Mailbox()
        self._sound: deque[bytes] = deque(maxlen=BLOCKS)
        self._news = asyncio.Event()
        self._is_dismissed = False

    def dismiss(self, last: Letter) -> None:
        """It ends once this is sent."""
        self._is_dismissed = True
        self.put([last])

    def put(self, letters: Iterable[Letter]) -> None:
        self._mailbox.put(letters)
        self._news.set()

    async def answer(self, said: bytes, made: MakeAnswer) -> None:
        """To a request, which has a number `n` that its answer bears."""
        number: object = None
        try:
            request = parse(said)
            number = request.get("n")
            told = await made(request)
        except RequestRefused as refusal:
            told = {"ok": False, "error": str(refusal)}
        self.put([answer_letter(number, told)])

    def play(self, pcm: bytes) -> None:
        """On a page that plays."""
        self._sound.append(pcm)
        self._news.set()

    async def run(self, take: TakeMessage, hear: TakeSound = no_sound) -> None:
        work = [asyncio.create_task(self._deliver()), asyncio.create_task(self._listen(take, hear))]
        try:
            done, _ = await asyncio.wait(work, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in work:
                task.cancel()
            await asyncio.gather(*work, return_exceptions=True)
        for task in done:
            task.result()

    async def _deliver(self) -> None:
        while not (self._mailbox.full or len(self._sound) == BLOCKS):
            await self._news.wait()
            self._news.clear()
            while self._sound:
                await self._socket.send_binary(self._sound.popleft())
            for message in self._mailbox.take():
                await self._socket.send(json.dumps(message, ensure_ascii=False).encode())
            if self._is_dismissed:
                await self._socket.close(NORMAL, "over")
                return
        await self._socket.close(TRY_LATER, "too slow")

    async def _listen(self, take: TakeMessage, hear: TakeSound) -> None:
        words, sound = RateLimit(BURST, EACH_S), RateLimit(BLOCKS, EACH_BLOCK_S)
        now = asyncio.get_running_loop().time
        while (said := await self._socket.receive()) is not None:
            if not (sound if said.binary else words).allows(now()):
                await self._socket.close(POLICY_VIOLATION, "too many requests")
                return
            if not said.binary:
                await take(said.data)
            elif not hear(said.data):
                await self._socket.close(POLICY_VIOLATION, "this cannot be sound")
                return
