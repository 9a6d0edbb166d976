"""Whether sessions with the service end again and again soon after they began. Pure."""

from __future__ import annotations

from collections import deque

SHORT_S = 60.0  # a session that lasts as long is well
WITHIN_S = 600.0
DROPS = 4


class Flapping:
    """Times in s, of one clock."""

    def __init__(self) -> None:
        self._drops: deque[float] = deque(maxlen=DROPS)

    def dropped(self, lasted_s: float, now: float) -> bool:
        """A session was lost. Whether that happens too often."""
        if lasted_s >= SHORT_S:
            self._drops.clear()
            return False
        self._drops.append(now)
        return len(self._drops) == DROPS and now - self._drops[0] <= WITHIN_S

    def lasting(self, lasted_s: float) -> bool:
        """Whether a session that stands has lasted long enough for the past to be forgotten."""
        if lasted_s >= SHORT_S:
            self._drops.clear()
            return True
        return False
