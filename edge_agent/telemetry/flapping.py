"""Whether something ends again and again soon after it began: sessions with the service, sound. Pure."""

from __future__ import annotations

from collections import deque

SHORT_S = 60.0  # of a session
WITHIN_S = 600.0
DROPS = 4


class Flapping:
    """Times in s, of one clock. `short_s`: what lasts as long is well."""

    def __init__(self, short_s: float = SHORT_S) -> None:
        self._short_s = short_s
        self._drops: deque[float] = deque(maxlen=DROPS)

    def dropped(self, lasted_s: float, now: float) -> bool:
        """It was lost. Whether that happens too often."""
        if lasted_s >= self._short_s:
            self._drops.clear()
            return False
        self._drops.append(now)
        return len(self._drops) == DROPS and now - self._drops[0] <= WITHIN_S

    def lasting(self, lasted_s: float) -> bool:
        """Whether what goes on has lasted long enough for the past to be forgotten."""
        if lasted_s >= self._short_s:
            self._drops.clear()
            return True
        return False
