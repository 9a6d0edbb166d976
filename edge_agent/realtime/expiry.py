"""How long a session lives, and when to move to the next. Pure."""

from __future__ import annotations

from dataclasses import dataclass

# What is known where `expires_at` says nothing, or nothing that can be: a device's clock may be wrong.
KNOWN_S = {"ga": 3600.0, "preview": 1800.0}
EARLY_S, EARLY_SHARE = 300.0, 0.25  # before the end the next session is prepared, for a quiet moment
LATE_S, LATE_SHARE = 20.0, 0.05  # before the end no quiet moment is waited for any more


@dataclass(frozen=True, slots=True)
class Lifetime:
    """Seconds from the beginning of the session."""

    lasts_s: float

    @classmethod
    def of(cls, expires_at: float | None, now: float, dialect: str) -> Lifetime:
        """`expires_at` and `now` in Unix seconds, `now` on the clock of this device."""
        known_s = KNOWN_S[dialect]
        told_s = expires_at - now if expires_at is not None else known_s
        return cls(told_s if 0 < told_s < known_s else known_s)

    @property
    def early_s(self) -> float:
        return self.lasts_s - min(EARLY_S, self.lasts_s * EARLY_SHARE)

    @property
    def late_s(self) -> float:
        return self.lasts_s - min(LATE_S, self.lasts_s * LATE_SHARE)
