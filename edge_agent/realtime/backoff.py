"""How long to wait before the next attempt: exponential with full jitter, earned back by lasting."""

from __future__ import annotations

from collections.abc import Callable
from random import random

FIRST_S, LONGEST_S = 0.5, 30.0
EARNED_S = 30.0  # a link that lasted this long starts from the beginning
WAIT_S = 60.0, 300.0  # where only a person can help


class Backoff:
    def __init__(self, jitter: Callable[[], float] = random) -> None:
        self._jitter = jitter
        self._failures = 0

    def soon(self, lasted_s: float) -> float:
        """Seconds to the next attempt after a link that lasted `lasted_s` (0: it never came up)."""
        if lasted_s >= EARNED_S:
            self._failures = 0
        ceiling = min(LONGEST_S, FIRST_S * 2.0**self._failures)
        self._failures = min(self._failures + 1, 16)
        return ceiling * self._jitter()

    def later(self) -> float:
        """Seconds to the next attempt where waiting alone will hardly help."""
        shortest, longest = WAIT_S
        return shortest + (longest - shortest) * self._jitter()
