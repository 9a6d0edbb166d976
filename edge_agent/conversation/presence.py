"""Whether anybody is here: when the visit is over, when the link may close, when to move to the next session. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from math import inf

from .settings import TurnSettings

LULL_S = 2.0  # after a turn, before the link is touched: what was said last may still be written down


class QuietStep(Enum):
    """What is to be done, since nobody talks."""

    FORGET = "the visit is over"
    CLOSE = "the link may close"
    SWITCH = "this is the moment to move to the prepared session"


@dataclass(slots=True)
class Presence:
    visit_s: float
    close_s: float
    quiet_since: float | None = None
    online: bool = False
    visited: bool = False  # there is something to forget
    is_prepared: bool = False  # the next session stands ready
    is_late: bool = False  # this session ends soon

    @classmethod
    def begin(cls, settings: TurnSettings) -> Presence:
        close_s = settings.idle_close_s or inf
        if settings.waits_for_word:
            close_s = max(LULL_S, settings.taking.follow_up_s)
        return cls(settings.limits.visit_idle_s or inf, close_s)

    @property
    def urgent(self) -> bool:
        """Whether the prepared session must be moved to, quiet or not."""
        return self.online and self.is_prepared and self.is_late

    @property
    def due(self) -> float | None:
        """When to ask for the next `step`."""
        if self.quiet_since is None:
            return None
        at = self.quiet_since + min(self._waits.values(), default=inf)
        return at if at < inf else None

    def steps(self, now: float, *, quiet: bool, online: bool) -> list[QuietStep]:
        """What is to be done now, in this order. `quiet`: nobody talks, or waits for an answer."""
        self.online = online
        self.is_prepared &= online
        if not quiet:
            self.quiet_since, self.visited = None, True
            return []
        if self.quiet_since is None:
            self.quiet_since = now
        since = self.quiet_since
        due = [step for step, wait_s in self._waits.items() if now >= since + wait_s]
        for step in due:
            self.done(step)
        return due

    def prepared(self, *, urgent: bool) -> None:
        """The next session stands ready; `urgent`: this one ends soon."""
        self.is_prepared, self.is_late = True, urgent

    def done(self, step: QuietStep) -> None:
        """It is done, or not wanted any more."""
        if step is QuietStep.FORGET:
            self.visited = False
        else:
            self.is_prepared = False
            self.online &= step is not QuietStep.CLOSE

    @property
    def _waits(self) -> dict[QuietStep, float]:
        waits = {QuietStep.CLOSE: self.close_s} if self.online else {}
        if self.visited:
            waits[QuietStep.FORGET] = self.visit_s
        if self.is_prepared:
            waits[QuietStep.SWITCH] = 0.0 if self.is_late else LULL_S
        return waits
