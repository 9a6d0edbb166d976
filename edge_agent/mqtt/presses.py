"""What somebody does with the button, for automations: short, long or double. Pure; times in s."""

from __future__ import annotations

from ..vocabulary import events as e

SHORT, LONG, DOUBLE = "short", "long", "double"


class Presses:
    """A press is short once no second one can make it double: `deadline` says when to ask. Where the panel itself looks
    for double presses, the second of two is an action, and only its release is seen."""

    def __init__(self, long_s: float, double_s: float) -> None:
        self._long_s, self._double_s = long_s, double_s
        self._pressed_at: float | None = None
        self._short_at: float | None = None  # the press that may be the first of two

    @property
    def deadline(self) -> float | None:
        return None if self._short_at is None else self._short_at + self._double_s

    def feed(self, event: e.Event, now: float) -> list[str]:
        """What has been done, the oldest first."""
        if isinstance(event, e.ButtonPressed):
            done = self.expire(now)
            self._pressed_at = now
            return done
        if not isinstance(event, e.ButtonReleased):
            return []
        began, self._pressed_at = self._pressed_at, None
        first = self._short_at
        if began is not None and now - began >= self._long_s:
            self._short_at = None
            return [LONG] if first is None else [SHORT, LONG]
        if first is not None:
            self._short_at = None
            return [DOUBLE]
        self._short_at = began
        return []

    def expire(self, now: float) -> list[str]:
        """A short press that stays alone."""
        if self.deadline is None or now < self.deadline:
            return []
        self._short_at = None
        return [SHORT]
