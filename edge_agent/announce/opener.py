"""Has the device begin a conversation, or ask the user something, and tells what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ..host.control.requests import RequestRefused
from ..vocabulary.announcements import Announcement, AnnouncementOutcome
from ..vocabulary.commands import SettleOpening
from ..vocabulary.events import Event, OpeningRequested
from ..vocabulary.openings import OpeningOutcome
from ..vocabulary.state import State
from .announcer import Announcer

NO_TRANSCRIPTION = (
    "what is answered is not written down; set [assistant] transcription to the model that does it"
)
# where what it begins with was not heard to its end; else: failed
REFUSALS: dict[AnnouncementOutcome, OpeningOutcome] = {
    "interrupted": "interrupted",
    "dropped": "busy",
    "stopped": "stopped",
}


class Opener:
    """`transcribes`: whether what the user says is written down. `post` takes what is asked for, `announcer` says
    what the service cannot."""

    def __init__(
        self,
        announcer: Announcer,
        post: Callable[[Event], None],
        state: Callable[[], State],
        *,
        transcribes: bool,
    ) -> None:
        self._announcer, self._post, self._state = announcer, post, state
        self._transcribes = transcribes
        self._number = 0
        self._closed = False
        self._under_way: dict[int, asyncio.Future[SettleOpening]] = {}

    async def start(self, text: str) -> SettleOpening:
        """Once the microphone is open, or will not be. Raises RequestRefused."""
        return await self._open(text)

    async def ask(self, text: str, answer_s: float) -> SettleOpening:
        """Once it is answered, or will not be. Raises RequestRefused."""
        if not self._transcribes:
            raise RequestRefused(NO_TRANSCRIPTION)
        return await self._open(text, answer_s)

    def settle(self, command: SettleOpening) -> None:
        if over := self._under_way.pop(command.number, None):
            over.set_result(command)

    def close(self) -> None:
        """What is under way comes to nothing, and what comes."""
        self._closed = True
        for number in list(self._under_way):
            self.settle(SettleOpening(number, "stopped"))

    async def _open(self, text: str, answer_s: float = 0.0) -> SettleOpening:
        self._number += 1
        number = self._number
        state = self._state()
        if state.muted:
            return SettleOpening(number, "muted")
        is_said = bool(text) and not (state.online or state.standby)
        if is_said:
            outcome = await self._announcer.announce(Announcement(text, when_busy="drop"))
            if outcome != "heard":
                return SettleOpening(number, REFUSALS.get(outcome, "failed"))
        if self._closed:
            return SettleOpening(number, "stopped")
        over = self._under_way[number] = asyncio.get_running_loop().create_future()
        self._post(OpeningRequested(number, text, is_said, bool(answer_s), answer_s))
        return await asyncio.shield(over)
