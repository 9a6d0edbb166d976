"""What a connection with an MCP server shows of it: why it ended, and whether the server floods."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from time import monotonic

LONGEST_MESSAGE = 2**20  # bytes
MOST_MESSAGES, WITHIN_S = 1000, 5.0
MOST_NOISE = 100  # lines in a row that are not messages


class Watch:
    """`wake` is called when the connection is over. `clock` in s."""

    def __init__(self, wake: Callable[[], None], clock: Callable[[], float] = monotonic) -> None:
        self.why = ""
        self._wake, self._clock = wake, clock
        self._came: deque[float] = deque(maxlen=MOST_MESSAGES)
        self._noise = 0

    def end(self, why: str) -> None:
        """The first reason counts."""
        self.why = self.why or why
        self._wake()

    def message(self) -> bool:
        """One has come; whether more may."""
        now, self._noise = self._clock(), 0
        self._came.append(now)
        if len(self._came) < MOST_MESSAGES or now - self._came[0] >= WITHIN_S:
            return True
        self.end(f"it sends more than {MOST_MESSAGES} messages in {WITHIN_S:g} s")
        return False

    def noise(self) -> bool:
        """Something else has come, as what a program prints; whether more may."""
        self._noise += 1
        if self._noise < MOST_NOISE:
            return True
        self.end("it prints what is not the Model Context Protocol")
        return False
