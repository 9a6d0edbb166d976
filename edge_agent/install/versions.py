"""Which version of a device runs, which it rolls back to, and which may be deleted. Decisions only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

TRIES = 3  # starts in which a version on trial must become ready


class TrialVerdict(Enum):
    """What to do before the current version starts."""

    START = "start"
    TRY = "try"
    ROLL_BACK = "roll back"


@dataclass(frozen=True, slots=True)
class Shelf:
    """The versions on a device, by name. `whole`: those that were built to the end, the newest first. `proven`: those
    that have been ready once. `current`: the one that runs; empty: none. `tries`: how often it was started before it
    was proven."""

    whole: tuple[str, ...] = ()
    proven: frozenset[str] = frozenset()
    current: str = ""
    tries: int = 0

    @property
    def working(self) -> str:
        """The newest other version that is known to work; empty: none."""
        return next((name for name in self._others if name in self.proven), "")

    @property
    def previous(self) -> str:
        """What somebody who asks to roll back gets: one that works, else any other; empty: there is none."""
        return self.working or next(iter(self._others), "")

    @property
    def is_on_trial(self) -> bool:
        """Whether it is still to be seen that the current version works, with another that does."""
        return not (self.current in self.whole and self.current in self.proven) and bool(self.working)

    def verdict(self, *, failed: bool) -> TrialVerdict:
        """`failed`: systemd has given the service up."""
        if not self.is_on_trial:
            return TrialVerdict.START
        if failed or self.current not in self.whole or self.tries >= TRIES:
            return TrialVerdict.ROLL_BACK
        return TrialVerdict.TRY

    @property
    def needed(self) -> frozenset[str]:
        """Never deleted: what runs, and what it would roll back to."""
        return frozenset({self.current, self.previous} - {""})

    @property
    def _others(self) -> tuple[str, ...]:
        return tuple(name for name in self.whole if name != self.current)
