"""The fleet, as one of the ways to command the device; off until a repository is configured."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from .. import __version__
from ..config import Config
from ..config.fleet_settings import FleetSettings
from ..files.folders import state_folder
from ..host.surface import Find, Surface
from ..telemetry.status import Finding
from ..vocabulary.events import Event
from ..vocabulary.state import State
from .outcome import DeviceReport, report_text

FINDINGS = "fleet repository", "fleet part", "fleet release"
RELEASES_S = 20.0  # between two looks at what root does
log = logging.getLogger("edge_agent")

if TYPE_CHECKING:
    from .caretaker import Caretaker
    from .releases.wish import ReleaseWish


class Fleet(Surface):
    """`check`, `reload`, `find` and `found` as the caretaker wants them."""

    def __init__(
        self,
        check: Callable[[], str],
        reload: Callable[[], None],
        find: Find,
        found: Callable[[], tuple[Finding, ...]],
    ) -> None:
        self._check, self._reload = check, reload
        self._find, self._found = find, found
        self._settings = FleetSettings()
        self._caretaker: Caretaker | None = None
        self._caring: asyncio.Task[None] | None = None

    def changed(self, config: Config) -> None:
        if config.fleet != self._settings:
            self._settings = config.fleet
            self._begin()
        if self._caretaker:
            self._caretaker.uses(config)

    def watch(self, event: Event, state: State) -> None:
        if self._caretaker:
            self._caretaker.watch(event, state)

    def told(self) -> str:
        """The version that runs, and what came of the last, for others; empty: there is no fleet."""
        if not self._caretaker:
            return ""
        releases = self._caretaker.releases
        release = releases.outcome if releases else None
        return report_text(DeviceReport(__version__, self._caretaker.kept.now.outcome, release))

    def announced(self) -> None:
        """Somebody says that there is news."""
        if self._caretaker:
            self._caretaker.announced()

    async def stop(self) -> None:
        if self._caring:
            self._caring.cancel()
            await asyncio.wait([self._caring])

    def _begin(self) -> None:
        """With these settings."""
        if self._caring:
            self._caring.cancel()
        self._caretaker = self._caring = None
        for about in FINDINGS:
            self._find(about, None)
        if self._settings.repository:
            # others need not have it in memory
            from .caretaker import Caretaker

            self._caretaker = Caretaker(
                self._settings,
                state_folder(),
                check=self._check,
                reload=self._reload,
                find=self._find,
                found=self._found,
            )
            self._caring = asyncio.create_task(_care(self._caretaker), name="fleet")
            self._caring.add_done_callback(_tell)


async def _care(caretaker: Caretaker) -> None:
    async with asyncio.TaskGroup() as both:
        both.create_task(caretaker.run())
        if releases := caretaker.releases:
            both.create_task(_look_at(releases))


async def _look_at(releases: ReleaseWish) -> None:
    while True:
        await asyncio.sleep(RELEASES_S)
        with suppress(OSError):  # the next look may wish again
            releases.look()


def _tell(ended: asyncio.Task[None]) -> None:
    if not ended.cancelled() and (error := ended.exception()):
        log.error("the fleet is not looked after until the next reload", exc_info=error)
