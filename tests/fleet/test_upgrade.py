"""From one release to the next: what works stays, what does not goes, and the power may be cut after each step."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from edge_agent.config.fleet_settings import FleetPart
from edge_agent.fleet.outcome import OutcomeStep
from edge_agent.fleet.releases.install import run
from edge_agent.fleet.releases.store import ReleaseStore
from edge_agent.fleet.releases.upgrade import MOST_RESTARTS, UpgradeSteps, upgrade
from edge_agent.fleet.standing import TRIES
from edge_agent.fleet.target import FleetRelease
from edge_agent.install.changeover import change_over, take_back
from edge_agent.install.steps import result_of

from ..install.world import BAD, GOOD, HANGS, World, build, cut_after, home_in, install, steps_of

TRIAL_S = 600.0
NO_LINK, ENDS, FAULTY = "without a link", "ends by itself", "finds something wrong"  # each of them is ready
ARCHITECTURE = "arm64"


class PowerCut(Exception):
    pass


class Apt:
    """With packages whose content says of what kind the version is. `cut_after`: so many steps of an installation."""

    def __init__(self, world: World) -> None:
        self._world, self.full, self.count = world, False, 0
        self.kind = GOOD
        self.cut_after: int | None = None
        self._half_done = False
        self._words: list[str] = []

    def heal(self) -> None:
        if self._half_done:
            self._configure()

    def refuses(self, _: Path, release: FleetRelease) -> str:
        return "" if release.architecture == ARCHITECTURE else f"it is for {ARCHITECTURE}"

    def failing_checks(self) -> Mapping[str, str]:
        return {"clock": "it is wrong"} | ({"disk": "it is full"} if self.runs_as == FAULTY else {})

    def install(self, package: Path) -> str:
        if self.full:
            return "apt cannot install it: the disk is full; free some space"
        self.count += 1
        self.kind = package.read_text()
        self._configure()
        return ""

    def _configure(self) -> None:
        """As the package does it."""
        self._world.home.heal()
        self._half_done = True
        name = self._world.home.shelf().current
        if self.runs != "2.0":  # as package.made_of
            name = f"2.0-{self.count}"
            build(self._world.home, name, GOOD if self.kind in (NO_LINK, ENDS, FAULTY) else self.kind)
        steps = change_over(self._world.home, self._world, name)
        if self.cut_after is not None:
            number, self.cut_after = self.cut_after, None
            self.count += 1
            cut_after(steps, number)
            raise PowerCut
        self._words = result_of(steps).words
        self._half_done = False

    @property
    def runs(self) -> str:
        return self._world.home.shelf().current.rpartition("-")[0]

    @property
    def runs_as(self) -> str:
        return self.kind if self.runs == "2.0" else GOOD

    def last_words(self) -> str:
        return self._words[-1]

    def roll_back(self) -> Iterator[str]:
        return take_back(self._world.home, self._world)


class Watched:
    """Time goes on by what is waited for."""

    def __init__(self, apt: Apt) -> None:
        self._apt, self._now, self.talks = apt, 0.0, False

    def wait_for_pause(self) -> bool:
        return not self.talks

    @property
    def has_link(self) -> bool:
        return self._apt.runs_as != NO_LINK

    @property
    def restarts(self) -> int:
        return MOST_RESTARTS if self._apt.runs_as == ENDS else 0

    def now(self) -> float:
        return self._now

    def monotonic(self) -> float:
        return self._now

    def pause(self) -> None:
        self._now += 30


class Device:
    """Where version 1.0 runs, and a package of 2.0 may lie."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.world = World(home_in(folder / "root"))
        install(self.world, "1.0-1", GOOD)
        self.apt = Apt(self.world)
        self.service = Watched(self.apt)
        self.store = ReleaseStore(folder / "updates")

    def offer(self, kind: str, architecture: str = ARCHITECTURE) -> FleetPart:
        part = FleetPart("b.deb", hashlib.sha256(kind.encode()).hexdigest(), "2.0+deb13")
        self.store.package.parent.mkdir(exist_ok=True)
        self.store.package.write_text(kind)
        self.store.offer(part, FleetRelease(part.text, architecture))
        return part

    def steps(self) -> UpgradeSteps:
        """As they begin after a start of the machine."""
        self.store = ReleaseStore(self._folder / "updates")
        return upgrade(self.store, self.apt, self.service, TRIAL_S)

    def run(self) -> tuple[str, str]:
        """(what came of it, why), after all steps."""
        for _ in self.steps():
            pass
        outcome = self.store.kept.now.outcome
        assert outcome
        return outcome.step, outcome.why

    @property
    def left(self) -> list[str]:
        return sorted(file.name for file in self.store.folder.iterdir())


@pytest.fixture
def device(tmp_path: Path) -> Device:
    return Device(tmp_path)


def test_what_works_stays(device: Device) -> None:
    device.offer(GOOD)
    assert device.run() == (OutcomeStep.APPLIED, "")
    assert (device.world.active, device.left) == ("2.0-1", ["fleet"])
    assert device.store.kept.now.outcome.version == "2.0+deb13"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        (BAD, "it does not become ready: 2.0-1 is bad"),
        (HANGS, "it does not become ready: 2.0-1 is hangs"),
        (NO_LINK, "the link was away for 5 minutes"),
        (ENDS, "it ended by itself 3 times"),
        (FAULTY, "disk: it is full"),
    ],
)
def test_what_does_not_work_goes_and_is_not_tried_again(device: Device, kind: str, why: str) -> None:
    part = device.offer(kind)
    assert device.run() == (OutcomeStep.FAILED, why)
    assert (device.world.active, device.left) == ("1.0-1", ["fleet"])
    assert device.world.home.shelf().whole == ("1.0-1",)
    assert not device.store.kept.now.can_be_tried(part)
    device.offer(kind)
    assert device.run() == (OutcomeStep.FAILED, why)
    assert (device.apt.count, device.left) == (1, ["fleet"])


def test_what_is_not_what_it_was_published_as(device: Device) -> None:
    device.offer(GOOD, "amd64")
    assert device.run() == (OutcomeStep.FAILED, "it is for arm64")
    assert (device.world.active, device.apt.count, device.left) == ("1.0-1", 0, ["fleet"])


def test_a_package_that_was_changed_on_the_disk(device: Device) -> None:
    device.offer(GOOD)
    device.store.package.write_text(BAD)
    for _ in device.steps():
        pass
    assert device.store.kept.now.outcome is None
    assert (device.world.active, device.left) == ("1.0-1", [])


def test_somebody_talks(device: Device) -> None:
    device.offer(GOOD)
    device.service.talks = True
    assert device.run() == (OutcomeStep.WAITING, "for an hour somebody talked, or there was no link")
    assert device.store.offered()
    device.service.talks = False
    assert device.run() == (OutcomeStep.APPLIED, "")


def test_a_disk_that_is_full(device: Device) -> None:
    device.apt.full = True
    why = "apt cannot install it: the disk is full; free some space"
    for _ in range(TRIES - 1):
        device.offer(GOOD)
        assert device.run() == (OutcomeStep.WAITING, why)
    device.offer(GOOD)
    assert device.run() == (OutcomeStep.FAILED, f"after {TRIES} attempts: {why}")
    assert (device.world.active, device.left) == ("1.0-1", ["fleet"])


@pytest.mark.parametrize(("kind", "runs"), [(GOOD, "2.0-1"), (NO_LINK, "1.0-1")])
def test_a_trial_comes_to_its_end_without_the_consent_of_the_owner(
    device: Device, kind: str, runs: str
) -> None:
    """Nobody has given any here, or the configuration was broken meanwhile."""
    device.offer(kind)
    steps = device.steps()
    while next(steps) != "installed":
        pass
    steps.close()
    run(device.store, device.apt, device.service)
    assert (device.world.active, device.left) == (runs, ["fleet"])


def test_without_consent_nothing_is_installed(device: Device) -> None:
    device.offer(GOOD)
    run(device.store, device.apt, device.service)
    device.store.begin({})
    run(device.store, device.apt, device.service)
    assert (device.world.active, device.apt.count, device.left) == ("1.0-1", 0, [])


def test_nothing_is_offered(device: Device) -> None:
    assert list(device.steps()) == []
    assert not device.store.folder.exists()


@pytest.mark.parametrize("text", ["", "[]", "[1]", "{}", '{"a": 1}'])
def test_a_note_that_is_damaged(device: Device, text: str) -> None:
    device.offer(GOOD)
    (device.store.folder / "next.json").write_text(text)
    (device.store.folder / "trial").write_text(text)
    assert list(device.steps()) == []
    assert device.store.wrong_before() == {}


def cuts(make: Callable[[Path], Device], kind: str, folder: Path) -> Iterator[tuple[int, Device]]:
    """After each step."""
    whole = make(folder / "whole")
    whole.offer(kind)
    count = len(steps_of(whole.steps))
    assert count >= 4
    for number in range(count + 1):
        cut = make(folder / str(number))
        cut.offer(kind)
        steps = cut.steps()
        for _ in range(number):
            next(steps)
        steps.close()
        yield number, cut


@pytest.mark.realtime
@pytest.mark.parametrize("kind", [GOOD, BAD, NO_LINK, ENDS, FAULTY])
def test_the_power_is_cut(kind: str, tmp_path: Path) -> None:
    for number, device in cuts(Device, kind, tmp_path):
        comes_to_its_end(device, kind, f"after step {number}")


@pytest.mark.realtime
@pytest.mark.parametrize("kind", [GOOD, BAD, NO_LINK])
def test_the_power_is_cut_while_apt_installs(kind: str, tmp_path: Path) -> None:
    for number in range(8):
        device = Device(tmp_path / str(number))
        device.offer(kind)
        device.apt.cut_after = number
        with pytest.raises(PowerCut):
            device.run()
        comes_to_its_end(device, kind, f"after step {number} of apt")


def comes_to_its_end(device: Device, kind: str, when: str) -> None:
    """The machine starts again."""
    runs, ends = ("2.0", OutcomeStep.APPLIED) if kind == GOOD else ("1.0", OutcomeStep.FAILED)
    device.world.boot()
    assert device.world.active, f"nothing runs {when}"
    for _ in range(TRIES + 1):  # at each start, if something is on trial; or as the device wishes
        step, _why = device.run()
        if step is OutcomeStep.WAITING:
            device.offer(kind)
    assert (step, device.world.active[:3]) == (ends, runs), when
    assert device.left == ["fleet"]
    device.world.boot()
    assert device.world.active.startswith(runs)
