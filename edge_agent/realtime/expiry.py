"""How long a session lives, and when to move to the next. Pure."""

from __future__ import annotations

from ..vocabulary.frozen import frozen

EARLY_S, EARLY_SHARE = 300.0, 0.25  # before the end the next session is prepared, for a quiet moment
LATE_S, LATE_SHARE = 20.0, 0.05  # before the end no quiet moment is waited for any more


@frozen
class Lifetime:
    """Seconds from the beginning of the session."""

    lasts_s: float

    @classmethod
    def of(cls, expires_at: float | None, now: float, longest_s: float) -> Lifetime:
        """`expires_at` and `now` in Unix seconds, `now` on the clock of this device, which may be wrong:
        without a plausible `expires_at`, the session lasts `longest_s`."""
        told_s = expires_at - now if expires_at is not None else longest_s
        return cls(told_s if 0 < told_s < longest_s else longest_s)

    @property
    def early_s(self) -> float:
        return self.lasts_s - min(EARLY_S, self.lasts_s * EARLY_SHARE)

    @property
    def late_s(self) -> float:
        return self.lasts_s - min(LATE_S, self.lasts_s * LATE_SHARE)
