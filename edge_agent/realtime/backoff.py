"""How long to wait before the next attempt: exponential with full jitter, reset by links that last."""

from __future__ import annotations

from collections.abc import Callable
from random import random

FIRST_S = 0.5
LONGEST_S = 30.0  # of a service that answers, and has trouble: it must not be pressed
LONGEST_UNREACHED_S = 3.0  # of a network that is away: nobody is pressed, and it should be found soon
EARNED_S = 30.0  # a link that lasted this long starts from the beginning
WAIT_S = 60.0, 300.0  # where only a person can help


class Backoff:
    def __init__(self, jitter: Callable[[], float] = random) -> None:
        self._jitter = jitter
        self._failures = 0  # of the service
        self._unreached = 0

    def lasted(self, seconds: float) -> None:
        """A link has ended after this many seconds."""
        self._unreached = 0
        if seconds >= EARNED_S:
            self._failures = 0

    def soon(self) -> float:
        """Seconds to the next attempt, after the service has refused it or ended the link."""
        self._failures += 1
        return min(LONGEST_S, FIRST_S * 2.0 ** min(self._failures - 1, 16)) * self._jitter()

    def unreached(self) -> float:
        """Seconds to the next attempt, after one that did not reach the service."""
        self._unreached += 1
        return min(LONGEST_UNREACHED_S, FIRST_S * 2.0 ** min(self._unreached - 1, 16)) * self._jitter()

    def later(self) -> float:
        """Seconds to the next attempt when waiting alone is unlikely to help."""
        shortest, longest = WAIT_S
        return shortest + (longest - shortest) * self._jitter()
