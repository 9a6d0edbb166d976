"""A device without a working configuration: it says so, by voice and light, and serves the page that makes one."""

from __future__ import annotations

import asyncio
import logging
from secrets import randbelow

from ..audio.cards.errors import SoundFailed
from ..config import Config
from ..config.boards import bundled
from ..config.first_configuration import recognised
from ..host.http.http_server import HttpServer
from ..host.rate import RateLimit
from ..panel import open_panel
from ..vocabulary import events as e
from ..vocabulary.state import Mode
from . import spoken
from .bench import HandOver, SetupBench, sound_devices
from .choices import Choices
from .door import Door
from .fitting import choices_of, configuration_of
from .own_wifi import OwnWifi
from .pages import SetupPages
from .trials import Trials

AGAIN_S = 10.0  # until a speaker that is missing is looked for again
LAST_WORDS_S = 1.0  # for the page to be told that all is kept
IN_A_ROW, EACH_S = 3, 30.0  # that anybody in the network may have the code said

log = logging.getLogger("edge_agent")


class SettingUp:
    """To be made inside an event loop. `present`: the configuration that is there; None: none that can be used.
    `hand_over` takes what was chosen. `own_wifi`: where it has no other network. `left_alone_s`: how long the page
    waits for somebody; None: for ever."""

    def __init__(
        self,
        address: str,
        present: Config | None,
        hand_over: HandOver,
        own_wifi: OwnWifi | None = None,
        left_alone_s: float | None = None,
    ) -> None:
        self._address, self._present, self._hand_over = address, present, hand_over
        self._left_alone_s = left_alone_s
        self.door = Door(own_wifi.code if own_wifi else f"{randbelow(10**6):06}")
        self._greeting = "own-wifi" if own_wifi else "not-set-up"
        self._trials = Trials(self._wait)
        self._bench = bench = SetupBench(
            self.door,
            choices_of(present) if present else {},
            own_wifi,
            trials=self._trials,
            announce=self._announce,
            hand_over=self._keep,
        )
        self._server = HttpServer("the set-up page", SetupPages(bench).serving, self._found)
        self._may_announce = RateLimit(IN_A_ROW, EACH_S)
        self._wanted, self._done = asyncio.Event(), asyncio.Event()
        self._wanted.set()

    async def run(self) -> bool:
        """Until the choices were handed over, or it is cancelled. False: the page was left alone."""
        self._server.open(self._address)
        await self._trials.rest()
        try:
            return await self._is_done()
        finally:
            await self._server.close()
            await self._trials.end()

    async def _is_done(self) -> bool:
        """False: nobody has been at the page for so long."""
        while not self._done.is_set():
            try:
                async with asyncio.timeout(self._left_alone_s):
                    await self._done.wait()
            except TimeoutError:
                if not self._bench.at_work:
                    return False
        return True

    async def _wait(self) -> None:
        """For somebody: shows the fault, and says the code once, and whenever it is wanted."""
        config = self._present or await _guessed()
        panel = open_panel(config, self._press, asyncio.get_running_loop())
        panel.show(Mode.FAULT)
        known = ""
        try:
            while await self._wanted.wait():
                try:
                    await spoken.say(config.audio, self._greeting, *self.door.code)
                    self._wanted.clear()
                except SoundFailed as failure:
                    if failure.reason != known:
                        log.warning("the code of the set-up page cannot be said: %s", failure.reason)
                    known = failure.reason
                    await asyncio.sleep(AGAIN_S)
        finally:
            panel.close()

    def _press(self, event: e.Event) -> None:
        if isinstance(event, e.ButtonPressed):
            self._wanted.set()

    def _announce(self) -> None:
        if self._may_announce.allows(asyncio.get_running_loop().time()):
            self._wanted.set()

    def _keep(self, choices: Choices) -> None:
        self._hand_over(choices)
        asyncio.get_running_loop().call_later(LAST_WORDS_S, self._done.set)

    def _found(self, fault: str) -> None:
        if fault:
            log.error("%s", fault)


async def _guessed() -> Config:
    """With the board that its sound devices tell."""
    devices, _ = await sound_devices()
    board = recognised(devices, bundled())
    return configuration_of({"board": board} if board else {})[0]
