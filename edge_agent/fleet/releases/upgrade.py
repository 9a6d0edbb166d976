"""From one release to the next and, if it does not work, back: in steps, after each of which the power may be cut."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from pathlib import Path
from typing import Protocol

from ...config.fleet_settings import FleetPart
from ..target import FleetRelease
from ..trial import Trial, newly_wrong
from .choice import program_version
from .store import ReleaseStore

MOST_RESTARTS = 3  # of a version on trial: one that is ready and ends, again and again
NO_PAUSE = "for an hour somebody talked, or there was no link"
UpgradeSteps = Generator[str, None, None]


class Installer(Protocol):
    """The machine, as an upgrade needs it."""

    def heal(self) -> None:
        """What apt has left half done."""

    def refuses(self, package: Path, release: FleetRelease) -> str:
        """Why it is not what it was published as, a sentence; empty: it is."""

    def failing_checks(self) -> Mapping[str, str]:
        """The doctor's, that need neither sound nor panel: what is wrong, by name."""

    def install(self, package: Path) -> str:
        """Why it is not installed, a sentence; empty: it is, and the version that becomes ready runs."""

    @property
    def runs(self) -> str:
        """The version that is current."""

    def last_words(self) -> str:
        """Of a version that did not become ready."""

    def roll_back(self) -> Iterator[str]:
        """From a version that is ready and does not work; yields after each step."""


class WatchedService(Protocol):
    """The running service, as others see it. Times in s."""

    def wait_for_pause(self) -> bool:
        """Whether somebody who talks came to an end, in time."""

    @property
    def has_link(self) -> bool: ...

    @property
    def restarts(self) -> int:
        """Since it was installed: those that nobody wanted."""

    def now(self) -> float:
        """Unix time."""

    def monotonic(self) -> float: ...

    def pause(self) -> None:
        """A moment, before the next look."""


def upgrade(
    store: ReleaseStore, installer: Installer, service: WatchedService, trial_s: float
) -> UpgradeSteps:
    """To what is offered; or on with what was broken off. `trial_s`: how long a version is on trial. Raises OSError."""
    kept = store.kept
    if kept.now.trial:
        installer.heal()
        yield "healed"
        if installer.runs == program_version(kept.now.trial.text):
            yield from _judge(store, installer, service, trial_s)
            return
        kept.keep(kept.now.restarted(service.now()))
        yield "broken off"
    offered = store.offered()
    if not offered or not kept.now.can_be_tried(offered[0]):
        store.forget()
        return
    part, release = offered
    if complaint := installer.refuses(store.package, release):
        kept.keep(kept.now.begun(part, service.now()).failed(complaint, service.now()))
        store.forget()
        return
    if not service.wait_for_pause():
        kept.keep(kept.now.waits(part, NO_PAUSE, service.now()))
        return
    yield from _install(store, installer, service, part)
    if kept.now.trial:
        yield from _judge(store, installer, service, trial_s)


def _install(
    store: ReleaseStore, installer: Installer, service: WatchedService, part: FleetPart
) -> UpgradeSteps:
    """A trial is on afterwards, unless it did not come so far."""
    kept = store.kept
    store.begin(dict(installer.failing_checks()))
    yield "marked"
    kept.keep(kept.now.begun(part, service.now()))
    yield "kept as a trial"
    if complaint := installer.install(store.package):
        kept.keep(kept.now.restarted(service.now(), complaint))
        store.forget()
        yield "not installed"
        return
    yield "installed"
    if installer.runs != program_version(part.text):
        words = f"it does not become ready: {installer.last_words()}"
        kept.keep(kept.now.failed(words, service.now()))
        yield "rolled back"
        store.forget()


def _judge(
    store: ReleaseStore, installer: Installer, service: WatchedService, trial_s: float
) -> UpgradeSteps:
    """The version that runs, and is on trial."""
    kept = store.kept
    complaint = _complaint(store, installer, service, trial_s)
    yield "judged"
    if complaint:
        yield from installer.roll_back()
        kept.keep(kept.now.failed(complaint, service.now()))
    else:
        kept.keep(kept.now.passed(service.now()))
    yield "kept"
    store.forget()


def _complaint(store: ReleaseStore, installer: Installer, service: WatchedService, trial_s: float) -> str:
    """Why it does not work, a sentence; empty: it does."""
    trial = Trial(service.monotonic(), trial_s)
    trial.became_ready()  # else apt had not ended with it
    while True:
        now = service.monotonic()
        trial.saw_link(service.has_link, now)
        if complaint := trial.complaint(now):
            return complaint
        if (times := service.restarts) >= MOST_RESTARTS:
            return f"it ended by itself {times} times"
        if trial.has_passed(now):
            return newly_wrong(store.wrong_before(), installer.failing_checks())
        service.pause()
