"""Frames of the service that break the protocol: counted, and seldom told. It may send thousands in a second."""

from __future__ import annotations

import logging
from math import inf

log = logging.getLogger(__name__)

TOLD_S = 60.0  # at most one line in this time


class BadFrames:
    def __init__(self) -> None:
        self.count = 0
        self._told = 0  # of them
        self._told_at = -inf

    def note(self, error: Exception, now: float) -> None:
        """One more, for this reason."""
        self.count += 1
        if now - self._told_at >= TOLD_S:
            more = self.count - self._told - 1
            others = f"; {more} others since the last report" if more else ""
            log.warning("ignored a bad frame from the service: %s%s", error, others)
            self._told, self._told_at = self.count, now

    def close(self) -> None:
        """The connection has ended."""
        if more := self.count - self._told:
            log.warning("ignored %d more bad frames from the service", more)
            self._told = self.count
