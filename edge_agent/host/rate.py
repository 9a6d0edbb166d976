"""How often something may happen. Pure."""

from __future__ import annotations


class RateLimit:
    """So many in a row, and one more after each `each_s`."""

    def __init__(self, burst: int, each_s: float) -> None:
        self._burst, self._each_s = burst, each_s
        self._left, self._at = float(burst), 0.0

    def allows(self, now: float) -> bool:
        """Whether one more may happen, `now` (s, of any clock)."""
        self._left = min(self._burst, self._left + max(0.0, now - self._at) / self._each_s)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
