"""A device without a machine: versions in a folder, and what systemd would do with them."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edge_agent.install.changeover import before_start, change_over
from edge_agent.install.home import PROVEN, Home
from edge_agent.install.steps import result_of
from edge_agent.install.versions import TrialVerdict

UNIT = "systemd/system/edge-agent.service"
GOOD, BAD, HANGS, UNCONFIGURED = "good", "bad", "hangs", "unconfigured"


def home_in(folder: Path) -> Home:
    """Nothing of it need reach a card: a cut here is one between two steps."""
    return Home(folder, flush=lambda *_: None)


def build(home: Home, name: str, kind: str) -> None:
    """A version of this kind, as the installer leaves one."""
    share = home.versions / name / "share"
    (share / UNIT).parent.mkdir(parents=True)
    (share / UNIT).write_text(f"unit of {name}")
    (home.versions / name / "kind").write_text(kind)


@dataclass
class World:
    """systemd, as far as it starts this service: edge-agent.service with edge-agent-trial.service. `active`: the
    version that runs, empty: none."""

    home: Home
    active: str = ""
    failed: bool = False
    enabled: bool = False
    status: int = 0
    said: list[str] = field(default_factory=list)
    runs: bool = True

    @property
    def is_active(self) -> bool:
        return bool(self.active)

    @property
    def is_enabled(self) -> bool:
        return self.enabled

    @property
    def needs_configuration(self) -> bool:
        return self.failed and self.status == 78

    def enable(self) -> None:
        self.enabled = True

    def reload(self) -> None:
        """What is read then, is read at each start here."""

    def last_words(self) -> list[str]:
        return self.said

    def stop(self) -> None:
        self.active, self.failed = "", False

    def restart(self, within_s: float) -> bool:
        """A version that is bad ends as it begins; one that hangs is ended by systemd each minute."""
        self.stop()
        self.said = []
        took_s = 0.0
        for _ in range(10):
            before_start(self.home, self, failed=False)
            if self._start():
                return True
            if self.status == 78:
                break
            took_s += 60 if self._kind() == HANGS else 1
            if took_s >= within_s:
                return False
        self.failed = True
        if before_start(self.home, self, failed=True) is TrialVerdict.ROLL_BACK:
            self.failed = False
            return self._start()
        return False

    def boot(self) -> None:
        """After a power cut."""
        self.stop()
        if self.enabled and self.home.current.exists():
            self.restart(1e9)

    def _kind(self) -> str:
        file = self.home.current / "kind"
        return file.read_text() if file.exists() else BAD

    def _start(self) -> bool:
        name, kind = self.home.shelf().current, self._kind()
        self.status = 78 if kind == UNCONFIGURED else 1
        if kind == GOOD:
            (self.home.current / PROVEN).touch()
            self.active = name
        else:
            self.said.append(f"{name} is {kind}")
        return kind == GOOD


def steps_of(make: Callable[[], Generator[str, None, Any]]) -> list[str]:
    """The names of all steps."""
    steps, names = make(), []
    while True:
        try:
            names.append(next(steps))
        except StopIteration:
            return names


def cut_after(steps: Generator[str, None, Any], number: int) -> None:
    """The power fails there; 0: before the first."""
    for _ in range(number):
        next(steps)
    steps.close()


def install(world: World, name: str, kind: str, **options: Any) -> Any:
    """As the installer does it, to the end."""
    world.home.heal()
    build(world.home, name, kind)
    return result_of(change_over(world.home, world, name, **options))
