"""A simulated person who talks with the device: waits for their turn, and once breaks in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from ..audio.cards.simulated import SpokenSource
from ..audio.convert import convert
from ..audio.sounds import Clip
from ..vocabulary import events as e
from ..vocabulary.frozen import frozen
from ..vocabulary.state import State, Turn

PAUSE_S = 0.8  # before a new question
REACH_S = 0.35  # between pressing the button and the first word
ANSWER_S = 40.0  # for the device to answer


@frozen
class SpokenLine:
    """`after_s`: None waits until the device is idle; else so long into its answer."""

    clip: Clip
    after_s: float | None = None


class Person:
    """Watches what the device does (`watch`), and speaks into its microphone."""

    def __init__(
        self, source: SpokenSource, rate_hz: int, *, button: str | None, call: Clip | None = None
    ) -> None:
        """`call`: the wake word, ahead of what is asked without one having been answered."""
        self._source, self._rate_hz, self._button, self._call = source, rate_hz, button, call
        self._changed = asyncio.Event()
        self._turn = Turn.IDLE
        self._playing = self._answered = False

    def watch(self, event: e.Event, state: State) -> None:
        self._turn = state.turn
        self._answered |= state.turn is Turn.SPEAKING
        self._playing = isinstance(event, e.PlaybackStarted) or (
            self._playing and state.turn is Turn.SPEAKING
        )
        self._changed.set()

    async def talk(self, lines: Sequence[SpokenLine], post: Callable[[e.Event], None]) -> None:
        """Says all lines, and waits for the last answer to end. `post` takes what the button does."""
        for line in lines:
            if line.after_s is None:
                await self._until(lambda: self._turn is Turn.IDLE)
                await asyncio.sleep(PAUSE_S)
            else:
                await self._until(lambda: self._playing or self._turn is Turn.IDLE)
                await asyncio.sleep(line.after_s if self._playing else 0)
            await self.say(line.clip, post)
        await self._until(lambda: self._turn is Turn.IDLE)
        self._source.finished = True

    async def say(self, clip: Clip, post: Callable[[e.Event], None]) -> None:
        """One line, with the button if there is one."""
        if self._button:
            post(e.ButtonPressed())
            await asyncio.sleep(REACH_S)
        pcm = clip.pcm
        if self._call and not (self._answered and self._turn is Turn.IDLE):
            pcm = self._call.pcm + pcm
        self._source.say(convert(pcm, 24_000, self._rate_hz))
        await asyncio.sleep(len(pcm) / 48_000 + 0.1)
        if self._call:
            await self._until(lambda: self._turn is not Turn.IDLE)
        if self._button:
            post(e.ButtonReleased() if self._button == "hold" else e.ButtonPressed())
        await self._until(lambda: self._turn is not Turn.LISTENING)

    async def _until(self, come: Callable[[], bool]) -> None:
        try:
            async with asyncio.timeout(ANSWER_S):
                while not come():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            return  # a person goes on, too
