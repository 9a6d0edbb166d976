"""Takes care of one membership in a fleet: looks for new settings, tries them when nobody talks, and takes back
what does not work."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Generator, Mapping
from contextlib import suppress
from pathlib import Path
from random import random
from time import monotonic
from typing import TypeVar

from ..config import Config
from ..config.fleet_settings import FleetPart, FleetSettings
from ..host.control.requests import RequestRefused
from ..host.surface import Find
from ..install.steps import result_of
from ..telemetry.status import Finding
from ..vocabulary.events import AudioStarted, Event
from ..vocabulary.state import State
from . import apply, news, quick_checks
from .kept import KeptStanding
from .membership import cannot_judge
from .releases.wish import ReleaseWish
from .standing import Standing
from .trial import Trial, newly_wrong

T = TypeVar("T")
HOUR_S = 3600.0
PAUSE_S = 60.0  # between two looks because of announcements
SPREAD_S = 30.0  # a hundred devices have power again at the same moment
REPOSITORY = "see docs/fleet.md; the settings that are in use stay"


class Caretaker:
    """`check`: why the configuration as it is on the disk now is wrong; empty: it is not. `reload`: use it, once nobody
    talks; raises RequestRefused. `find` takes what is wrong, `found` has it."""

    def __init__(
        self,
        settings: FleetSettings,
        state: Path,
        *,
        check: Callable[[], str],
        reload: Callable[[], None],
        find: Find,
        found: Callable[[], tuple[Finding, ...]],
        spread_s: float = SPREAD_S,
    ) -> None:
        self._settings, self._state = settings, state
        self._check, self._reload = check, reload
        self._find, self._found = find, found
        self._spread_s = spread_s
        self.kept = KeptStanding(state)
        self.releases = (
            ReleaseWish(lambda: self._is_fit and not self._tries, find) if settings.releases else None
        )
        self._look, self._changed, self._reloaded = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._seen = State()
        self._config: Config | None = None  # in use
        self._trial: Trial | None = None  # of what is in use
        self._tries = self._goes_back = False
        self._announcement: asyncio.TimerHandle | None = None
        self._looked_at = -PAUSE_S

    # ---- what the device tells ---------------------------------------------
    def announced(self) -> None:
        """Somebody says that there is news. Anybody may: it costs a look a minute."""
        if self._announcement is None:
            wait_s = max(0.0, self._looked_at + PAUSE_S - monotonic())
            self._announcement = asyncio.get_running_loop().call_later(wait_s, self._look_now)

    def uses(self, config: Config) -> None:
        """From now on. A reload looks for news too."""
        was_reloaded = self._config is not None
        self._config, self._trial = config, None
        on_trial = self.kept.now.trial
        if self._tries and on_trial and on_trial.sha256 == config.fleet_part:
            self._trial = Trial(monotonic(), self._settings.trial_min * 60)
        elif was_reloaded and not self._tries and not self._goes_back and self._uses_what_is_kept:
            self._look.set()
        self._goes_back = False
        self._reloaded.set()
        self._changed.set()

    def watch(self, event: Event, state: State) -> None:
        self._seen = state
        if self._trial:
            if isinstance(event, AudioStarted):
                self._trial.became_ready()
            self._trial.saw_link(has_link(state), monotonic())
        self._changed.set()

    # ---- news ---------------------------------------------------------------
    async def run(self) -> None:
        """Until cancelled."""
        with suppress(OSError):  # the first look says so
            await self._settle()  # a trial under other settings of the fleet
        await within(random() * self._spread_s, self._look.wait())
        while True:
            self._look.clear()
            self._announcement, self._looked_at = None, monotonic()
            try:
                await self._settle()
                await self._take_news()
                self._find("fleet repository", None)
            except news.NoNews as why:
                self._find("fleet repository", Finding("fleet-repository", str(why), REPOSITORY))
            except OSError as error:
                what = f"{error.filename or self._state} cannot be written ({error.strerror})"
                self._find("fleet repository", Finding("fleet-repository", what, "check its disk"))
            wait_s = self._settings.check_every_h * HOUR_S * (0.9 + random() / 5)
            await within(wait_s, self._look.wait())

    async def _take_news(self) -> None:
        """Raises NoNews and OSError."""
        if why := cannot_judge():
            raise news.NoNews(why)
        broker = self._config.mqtt if self._config and self._config.mqtt.host else None
        found = await news.look(
            self._settings,
            self._state,
            has=self.kept.now.tried,
            has_releases=self.releases.has if self.releases else (),
            broker=broker,
        )
        await self._take_part(found.part)
        if self.releases:
            self.releases.heard(found.release)

    async def _take_part(self, part: FleetPart) -> None:
        """Raises OSError."""
        await self._keep(self.kept.now.judged(part, time.time()))
        self._show(part)
        if not self.kept.now.can_be_tried(part):
            return
        if self._is_fit:
            await self._try(part)
            self._show(part)
            return
        await self._keep(self.kept.now.waits(part, "the device has no link, or no sound", time.time()))
        if await within(self._settings.check_every_h * HOUR_S, self._until_fit()):
            self.announced()  # by now it may have been withdrawn

    async def _keep(self, standing: Standing) -> None:
        """A card can take a second. Raises OSError."""
        await asyncio.to_thread(self.kept.keep, standing)

    @property
    def _is_fit(self) -> bool:
        """Whether it would be seen that the device works."""
        return has_link(self._seen) and not self._seen.lost

    async def _until_fit(self) -> None:
        while not self._is_fit and not self._look.is_set():
            await self._change(None)

    def _look_now(self) -> None:
        self._look.set()
        self._changed.set()

    async def _change(self, wait_s: float | None) -> None:
        """Something was told of the device, or so long has passed."""
        self._changed.clear()
        await within(wait_s, self._changed.wait())

    def _show(self, part: FleetPart) -> None:
        failure = self.kept.now.failure_of(part)
        name = f"{part.target} of the fleet" if part.target else "the device's own file alone"
        what = f"{name} does not work here: {failure.why}" if failure else ""
        todo = "publish something else; the settings before it are in use"
        self._find("fleet part", Finding("fleet-rolled-back", what, todo) if what else None)

    # ---- a trial --------------------------------------------------------------
    async def _try(self, part: FleetPart) -> None:
        """To the end."""
        wrong_before = await self._failing_checks()
        steps = apply.begin(
            self.kept,
            part,
            allowed=self._settings.may_set,
            check=self._check,
            reload=self._reload,
            now_s=time.time(),
        )
        self._tries = True
        self._reloaded.clear()
        try:
            if await _walk(steps):
                complaint = await self._complaint(wrong_before)
                await _walk(apply.end(self.kept, complaint, self._go_back, time.time()))
        except RequestRefused:  # the device ends
            await self._keep(self.kept.now.restarted(time.time()))
        except OSError:  # no room on the disk, or for the process of the checks
            await self._settle()
            raise
        finally:
            self._tries = False

    async def _complaint(self, wrong_before: Mapping[str, str]) -> str:
        """Why what was just begun does not work; empty: it does."""
        await self._reloaded.wait()
        while trial := self._trial:
            if complaint := trial.complaint(now := monotonic()):
                return complaint
            if trial.has_passed(now):
                return newly_wrong(wrong_before, await self._failing_checks())
            await self._change(trial.next_look_s(now))
        why = [finding.what for finding in self._found() if finding.code == "configuration-refused"]
        return why[0] if why else "the device could not run with it, and went back by itself"

    async def _failing_checks(self) -> dict[str, str]:
        return await quick_checks.failing(self._config.path if self._config else None, self._state)

    async def _settle(self) -> None:
        """A trial that nobody brought to its end is over, and what it left in use goes. Raises OSError."""
        await self._keep(self.kept.now.restarted(time.time()))
        self._go_back()

    def _go_back(self) -> None:
        if not self._uses_what_is_kept:
            self._goes_back = True
            try:
                self._reload()
            except RequestRefused:  # it ends; or its own file is wrong now, and the next look tries again
                self._goes_back = False

    @property
    def _uses_what_is_kept(self) -> bool:
        return bool(self._config and self._config.fleet_part == self.kept.now.in_use.sha256)


async def _walk(steps: Generator[str, None, T]) -> T:
    """The first of them waits for the card, so elsewhere; the others are for this thread."""
    await asyncio.to_thread(next, steps)
    return result_of(steps)


def has_link(state: State) -> bool:
    """Or would, if somebody talked."""
    return state.online or state.standby


async def within(seconds: float | None, done: Awaitable[object]) -> bool:
    """Whether it was done in this time."""
    try:
        async with asyncio.timeout(seconds):
            await done
    except TimeoutError:
        return False
    return True
