"""How often something may happen. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class RateLimit:
    """So many in a burst, then so many a second; `now` in s, of any clock that only goes on."""

    burst: int
    per_s: float
    left: float = 0.0
    since: float | None = None

    def spend(self, now: float) -> bool:
        """Whether one more may happen."""
        before = now if self.since is None else self.since
        held = self.burst if self.since is None else self.left
        self.since, self.left = now, min(self.burst, held + (now - before) * self.per_s)
        if self.left < 1:
            return False
        self.left -= 1
        return True
