"""Where a page talks: its microphone and speaker are the sound card of a conversation. One page at a time."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from secrets import token_urlsafe
from typing import Any, Protocol

from ..audio.cards.browser import RATES_HZ, BrowserCard
from ..host.control.requests import Request, RequestRefused
from ..vocabulary import events as e
from ..vocabulary.sound import FRAME_MS
from ..vocabulary.state import Mode, State
from .access import WebRole
from .attendance import Attendance
from .caption_feed import CaptionFeed
from .mailbox import Letter
from .web_socket import WebSocket
from .workbench import LOOKS_ONLY

PLAYED = struct.Struct("<I")  # before each block of a page: samples that it has played, modulo 2**32
AWAY_S = 60.0  # a page that is gone for so long has ended its conversation
TAKEN = "somebody is talking in another page; stop there first"
BAD_RATE = "this browser's sample rate cannot be used"
LINK = "link"  # how it is: only the latest matters


class FieldsRefused(Exception):
    """`problems`: by the name of a field what is wrong with it; empty: of none."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("; ".join(problems.values()))
        self.problems = problems


class TalkHost(Protocol):
    """Who holds the conversation."""

    def about(self) -> Mapping[str, Any]:
        """What a page is told first: `fields`; whether the service is `simulated`; whether it `asks` somebody."""
        ...

    async def begin(self, request: Request, card: BrowserCard) -> None:
        """In place of any before it. Raises FieldsRefused, and RequestRefused."""
        ...

    def interrupt(self) -> None: ...

    async def end(self) -> None:
        """If there is one."""
        ...


class RemoteHost(TalkHost, Protocol):
    """On a running device. `room`: where pages talk; None: nowhere yet."""

    room: TalkRoom | None


class TalkRoom:
    """To be made inside an event loop."""

    def __init__(self, host: TalkHost) -> None:
        self._host = host
        self._loop = asyncio.get_running_loop()
        self._talker: Attendance | None = None
        self._card: BrowserCard | None = None  # None: there is no conversation
        self._name = ""  # of the conversation: known to the page that began it
        self._feed = CaptionFeed(Mode.IDLE, captions=True)
        self._away: asyncio.TimerHandle | None = None
        self._starting: asyncio.Task[Any] | None = None

    async def attend(self, socket: WebSocket, role: WebRole) -> None:
        page = Attendance(socket)
        page.put([Letter({"about": self._host.about()})])
        answers: set[asyncio.Task[None]] = set()

        async def take(said: bytes) -> None:
            """An answer may take a minute, in which the page can go."""
            made = partial(self._answer, page, role)
            answer = self._loop.create_task(page.answer(said, made), name="talk")
            answers.add(answer)
            answer.add_done_callback(answers.discard)

        try:
            await page.run(take, partial(self._hear, page))
        finally:
            for answer in answers:
                answer.cancel()
            if page is self._talker:
                self._leave()
            if answers:  # what speaks the question lets go of its process
                await asyncio.wait(answers)

    # ---- of the conversation ----------------------------------------------
    def watch(self, event: e.Event, state: State, visits: int) -> None:
        letters = self._feed.feed(event, state, visits)
        match event:
            case e.Connected(model=model):
                letters.append(Letter({"session": {"model": model}}, LINK))
            case e.LinkFailed(message=message):
                letters.append(Letter({"trouble": message}, LINK))
        if self._talker:
            self._talker.put(letters)

    def ended(self, why: str = "", field: str = "") -> None:
        """The conversation is over. `why`, if that was not wanted; `field`: the name of the one that is to blame."""
        if self._talker:
            self._talker.put([Letter({"ended": {"why": why, "field": field}})])
        self._forget()

    # ---- of the pages --------------------------------------------------------
    async def _answer(self, page: Attendance, role: WebRole, request: Request) -> dict[str, Any]:
        """Raises RequestRefused."""
        if role is not WebRole.OPERATOR:
            raise RequestRefused(LOOKS_ONLY)
        if self._talker not in (None, page):
            raise RequestRefused(TAKEN)
        match request:
            case {"do": "start"}:
                try:
                    return await self._begin(page, request)
                except FieldsRefused as refused:
                    return {"ok": False, "error": str(refused), "problems": refused.problems}
            case {"do": "resume", "name": str(name)}:
                return {"ok": bool(self._card) and name == self._name and self._enter(page)}
            case {"do": "stop"}:
                if self._starting:
                    self._starting.cancel()
                self._leave()
                self._forget()
                await self._host.end()
            case {"do": "interrupt"} if page is self._talker:
                self._host.interrupt()
        return {}

    async def _begin(self, page: Attendance, request: Request) -> dict[str, Any]:
        """Raises RequestRefused and FieldsRefused."""
        rate_hz = request.get("rate_hz")
        if type(rate_hz) is not int or rate_hz not in RATES_HZ or rate_hz * FRAME_MS % 1000:
            raise RequestRefused(BAD_RATE)
        if self._starting:
            raise RequestRefused(TAKEN)
        self._forget()
        self._talker, self._starting = page, asyncio.current_task()  # nobody else may begin meanwhile
        try:
            await self._host.end()
            self._feed = CaptionFeed(Mode.IDLE, captions=True)
            self._card, self._name = BrowserCard(rate_hz), token_urlsafe()
            self._enter(page)
            page.put(self._feed.snapshot())
            await self._host.begin(request, self._card)
        except BaseException:
            self._forget()
            raise
        finally:
            self._starting = None
        return {"name": self._name}

    def _hear(self, page: Attendance, data: bytes) -> bool:
        card = self._card
        if page is not self._talker or not card:
            return True  # it has not heard yet that it is over
        pcm = data[PLAYED.size :]
        if len(pcm) != card.block_bytes:
            return False
        card.hear(PLAYED.unpack_from(data)[0], pcm)
        return card.plugged

    def _enter(self, page: Attendance) -> bool:
        assert self._card
        if self._away:
            self._away.cancel()
            self._away = None
        self._talker = page
        self._card.plug(partial(self._play, page))
        return True

    def _play(self, page: Attendance, pcm: bytes) -> None:
        """On the audio loop, and perhaps after the end."""
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(page.play, pcm)

    def _leave(self) -> None:
        """The page does not hear or speak any more; it may come back."""
        self._talker = None
        if self._card:
            self._card.unplug()
            self._away = self._loop.call_later(AWAY_S, self._give_up)

    def _give_up(self) -> None:
        self._forget()
        self._ending = self._loop.create_task(self._host.end(), name="talk")

    def _forget(self) -> None:
        if self._card:
            self._card.unplug()
        if self._away:
            self._away.cancel()
        self._talker = self._card = self._away = None
        self._name = ""
