"""A browser in place of the sound card of the running device, where the person at the device allows it.

They are asked aloud, and answer with the button that can be touched: a press over a network is not theirs. It ends
after WINDOW_S, when they press again, or when the device is muted. Meanwhile the device's own microphone is closed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..config import Config
from ..host.control.requests import Request, RequestRefused
from ..vocabulary import events as e
from ..vocabulary.announcements import Announcement
from ..vocabulary.state import State

if TYPE_CHECKING:
    from ..audio.cards.browser import BrowserCard
    from ..web.talk_room import TalkRoom
    from .device import Device

PATIENCE_S = 90.0  # with the question
WINDOW_S = 600.0
AUDIBLE = 50  # %, at least, for the question
QUESTIONS = {
    "en": "Support would like to talk through this device. Press the button to allow it for ten minutes.",
    "de": "Der Support möchte über dieses Gerät sprechen. Zum Erlauben für zehn Minuten die Taste drücken.",
    "ja": "サポートがこのデバイスで話すことを希望しています。十分間許可するには、ボタンを押してください。",
}
MUTED = "the device is muted; somebody at the device has to unmute it"
UNASKED = "nobody at the device has heard the question ({}); try again later"
NOBODY = "nobody at the device has pressed its button; ask them to, and try again"
ASKING = "somebody at the device is being asked already"
OVER = "the ten minutes are over"
ENDED_THERE = "somebody at the device has ended it with the button"


class RemoteTalk:
    """To be made inside an event loop. `device`, `config`: in use. `restart`: with `fitted` and `card`, once nobody
    talks."""

    def __init__(
        self, device: Callable[[], Device], config: Callable[[], Config], restart: Callable[[], None]
    ) -> None:
        self._device, self._config, self._restart = device, config, restart
        self.room: TalkRoom | None = None
        self.card: BrowserCard | None = None  # that the device has to use
        self._answer: asyncio.Future[bool] | None = None  # whether it is allowed; None: nobody is asked
        self._is_asked = False  # the question sounds, or has sounded
        self._end_at: asyncio.TimerHandle | None = None
        self._in_use = False

    def fitted(self, config: Config) -> Config:
        """For the card: a page has no button, and removes echo itself."""
        self._in_use = self.card is not None
        if not self._in_use:
            return config
        audio = replace(config.audio, echo="off", mic_channel=-1)
        return replace(config, audio=audio, turns=replace(config.turns, mode="hands-free"))

    def takes(self, event: e.Event) -> bool:
        """Whether an event of the panel is for this."""
        pressed = isinstance(event, e.ButtonPressed)
        is_button = pressed or isinstance(event, e.ButtonReleased)
        if self._answer:
            if pressed and self._is_asked and not self._answer.done():
                self._answer.set_result(True)
            # until the question sounds, whoever talks presses and releases for that
            return is_button and self._answer.done()
        if self.card and pressed:
            self._break_off(ENDED_THERE)
            return True
        return self.card is not None and is_button

    def watch(self, event: e.Event, state: State, visits: int) -> None:
        """After each event of the device."""
        if self._answer and state.announcing:
            self._is_asked = True
        if state.muted:
            if self._answer and not self._answer.done():
                self._answer.set_result(False)
            if self.card:
                self._break_off(MUTED)
        if self._in_use and self.room:
            self.room.watch(event, state, visits)

    # ---- for the room ----------------------------------------------------
    def about(self) -> Mapping[str, Any]:
        return {"fields": [], "simulated": False, "asks": True}

    async def begin(self, request: Request, card: BrowserCard) -> None:  # noqa: ARG002
        """Raises RequestRefused."""
        if self._device().state.muted:
            raise RequestRefused(MUTED)
        if self._answer:
            raise RequestRefused(ASKING)
        if not await self._is_allowed():
            raise RequestRefused(MUTED)
        self.card = card
        self._end_at = asyncio.get_running_loop().call_later(WINDOW_S, self._break_off, OVER)
        self._restart()

    def interrupt(self) -> None:
        if self._in_use:
            self._device().post(e.InterruptRequested())

    async def end(self) -> None:
        if self._end_at:
            self._end_at.cancel()
            self._end_at = None
        if self.card:
            self.card.unplug()
            self.card, self._in_use = None, False
            self._device().post(e.ForgetRequested())
            self._restart()

    async def _is_allowed(self) -> bool:
        """False: the device was muted meanwhile. Raises RequestRefused."""
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._answer, self._is_asked = answer, False
        asking = asyncio.create_task(self._ask(), name="question")
        either: set[asyncio.Future[Any]] = {asking, answer}
        try:
            async with asyncio.timeout(PATIENCE_S):
                await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
                if not answer.done():
                    asking.result()
                return await answer
        except TimeoutError:
            raise RequestRefused(NOBODY) from None
        finally:
            self._answer = None
            asking.cancel()
            if self._device().state.announcing:
                self._device().post(e.InterruptRequested())
            await asyncio.wait({asking})

    async def _ask(self) -> None:
        """Raises RequestRefused."""
        config = self._config()
        language = (config.assistant.language or config.audio.language)[:2]
        # whoever asks over a network may have turned the volume down
        volume = max(AUDIBLE, self._device().state.volume, config.announce.volume)
        question = Announcement(QUESTIONS.get(language, QUESTIONS["en"]), chime=True, volume=volume)
        outcome = await self._device().announcer.announce(question)
        if outcome != "heard":
            raise RequestRefused(UNASKED.format(outcome))

    def _break_off(self, why: str) -> None:
        if self.room:
            self.room.ended(why)
        self._ending = asyncio.ensure_future(self.end())
