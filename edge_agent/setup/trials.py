"""What is tried of a device that is not set up, one thing at a time: microphone, speaker, panel, a conversation."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from contextlib import aclosing

from ..audio.cards.errors import SoundFailed
from ..audio.levels import level_dbfs
from ..audio.process.listening import listen
from ..config import Config
from ..panel import open_panel
from ..vocabulary import events as e
from ..vocabulary.state import Mode
from ..web.mailbox import Letter
from . import spoken

FRAMES = 5  # between two levels: 100 ms
TellPage = Callable[[Iterable[Letter]], None]
HardwareTrial = Callable[[], Coroutine[None, None, None]]


class Trials:
    """One at a time: they want the same devices. To be made inside an event loop. `at_rest`: what goes on where
    nothing is tried."""

    def __init__(self, at_rest: HardwareTrial) -> None:
        self._at_rest = at_rest
        self._running: asyncio.Task[None] | None = None
        self._changing = asyncio.Lock()
        self._is_over = False

    async def begin(self, trial: HardwareTrial) -> None:
        """In place of the one before, which has let go of the devices then."""
        async with self._changing:
            await self._stop()
            if not self._is_over:
                self._running = asyncio.create_task(trial(), name="trial")

    async def rest(self) -> None:
        await self.begin(self._at_rest)

    async def end(self) -> None:
        """For good."""
        self._is_over = True
        async with self._changing:
            await self._stop()

    async def _stop(self) -> None:
        """Whoever asked for it may be gone before it has ended; the next one waits on."""
        if not (running := self._running):
            return
        if not running.cancelling():  # twice would cut off how it lets go
            running.cancel()
        await asyncio.wait({running})
        self._running = None


async def show_level(config: Config, tell: TellPage) -> None:
    """Of the microphone, until it is cancelled."""
    loudest, frames = -120.0, 0
    try:
        async with aclosing(listen(config.audio)) as heard:
            async for frame in heard:
                loudest, frames = max(loudest, level_dbfs(frame)), frames + 1
                if frames == FRAMES:
                    tell([Letter({"level_db": round(loudest, 1)}, "level")])
                    loudest, frames = -120.0, 0
    except SoundFailed as failure:
        tell([Letter({"sound": failure.reason})])


async def play(config: Config, tell: TellPage, *names: str) -> None:
    try:
        tell([Letter({"played": await spoken.say(config.audio, *names)})])
    except SoundFailed as failure:
        tell([Letter({"sound": failure.reason})])


async def watch_button(config: Config, tell: TellPage) -> None:
    """Until it is cancelled. The light answers too."""

    def post(event: e.Event) -> None:
        if isinstance(event, e.ButtonPressed | e.ButtonReleased):
            pressed = isinstance(event, e.ButtonPressed)
            panel.show(Mode.LISTENING if pressed else Mode.IDLE)
            tell([Letter({"pressed": pressed})])

    panel = open_panel(config, post, asyncio.get_running_loop())
    try:
        panel.show(Mode.IDLE)
        tell([Letter({"panel": "; ".join(panel.faults)})])
        await asyncio.get_running_loop().create_future()
    finally:
        panel.close()
