"""Whether anybody is here: when the visit is over, when the link may close, when to move to the next session. Pure."""

from __future__ import annotations

from enum import Enum
from math import inf

from .settings import TurnSettings

LULL_S = 2.0  # after a turn, before the link is touched: what was said last may still be written down


class QuietStep(Enum):
    """What is to be done, since nobody talks."""

    FORGET = "the visit is over"
    CLOSE = "the link may close"
    SWITCH = "this is the moment to move to the prepared session"


class Presence:
    def __init__(self, settings: TurnSettings) -> None:
        self._visit_s = settings.visit_idle_s or inf
        self._close_s = settings.idle_close_s or inf
        self._quiet_since: float | None = None
        self._online = False
        self._visited = False  # there is something to forget
        self._prepared = self._urgent = False

    @property
    def urgent(self) -> bool:
        """Whether the prepared session must be moved to, quiet or not."""
        return self._online and self._prepared and self._urgent

    @property
    def due(self) -> float | None:
        """When to ask for the next `step`."""
        if self._quiet_since is None:
            return None
        at = self._quiet_since + min(self._waits.values(), default=inf)
        return at if at < inf else None

    def steps(self, now: float, *, quiet: bool, online: bool) -> list[QuietStep]:
        """What is to be done now, in this order. `quiet`: nobody talks, or waits for an answer."""
        self._online = online
        self._prepared &= online
        if not quiet:
            self._quiet_since, self._visited = None, True
            return []
        if self._quiet_since is None:
            self._quiet_since = now
        since = self._quiet_since
        due = [step for step, wait_s in self._waits.items() if now >= since + wait_s]
        for step in due:
            self.done(step)
        return due

    def prepared(self, *, urgent: bool) -> None:
        """The next session stands ready; `urgent`: this one ends soon."""
        self._prepared, self._urgent = True, urgent

    def done(self, step: QuietStep) -> None:
        """It is done, or not wanted any more."""
        if step is QuietStep.FORGET:
            self._visited = False
        else:
            self._prepared = False
            self._online &= step is not QuietStep.CLOSE

    @property
    def _waits(self) -> dict[QuietStep, float]:
        waits = {QuietStep.CLOSE: self._close_s} if self._online else {}
        if self._visited:
            waits[QuietStep.FORGET] = self._visit_s
        if self._prepared:
            waits[QuietStep.SWITCH] = 0.0 if self._urgent else LULL_S
        return waits
