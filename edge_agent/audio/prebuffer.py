"""How much of an answer to wait for before it plays: at its beginning, and after each time that it ran dry.

At the beginning it is little, so that answers begin early; twice as much after each time that more came after all,
and a quarter less after each answer that did not run dry. Within an answer, a stream that is slower than real
time is waited for until the rest is likely to play without another pause: a few long pauses are better to listen to
than many short ones. All sizes and times are in bytes of sound.
"""

from __future__ import annotations

from ..vocabulary.sound import SERVICE_BYTES_PER_MS

LEAST_GROWN = 40 * SERVICE_BYTES_PER_MS
MOST = 1600 * SERVICE_BYTES_PER_MS  # that is waited for at a beginning
EASED = 0.75  # of it after a good answer
FIRST_REACH, REACH = (
    8000 * SERVICE_BYTES_PER_MS,
    24_000 * SERVICE_BYTES_PER_MS,
)  # to play without another pause
LONGEST = 6000 * SERVICE_BYTES_PER_MS  # a pause


class Prebuffer:
    """`least`: to wait for where nothing was learned."""

    def __init__(self, least: int) -> None:
        self._least = self._learned = least
        self._begin()

    def _begin(self) -> None:
        self._begun = False
        self._now = 0  # since the first piece came
        self._came = self._came_at = 0  # after the first piece; when the last one did
        self._late = 0  # at most, of a piece
        self._total = 0
        self._times_dry = 0
        self._dry_at = 0
        self._may_be_over = False  # it is dry, and nothing came since

    def elapse(self, size: int) -> None:
        """Time goes by."""
        self._now += size * self._begun

    def came(self, size: int) -> None:
        """Another piece of the answer."""
        if self._begun:
            self._late = max(self._late, self._now - self._came_at - size)
            self._came += size
            self._came_at = self._now
        self._begun = True
        self._total += size
        if self._may_be_over:
            self._may_be_over = False
            self._times_dry += 1
            self._learned = min(max(2 * self._learned, LEAST_GROWN), max(MOST, self._least))

    def ran_dry(self) -> None:
        """All that came was played."""
        self._dry_at, self._may_be_over = self._now, True

    def ended(self) -> None:
        """What comes next is another answer."""
        if not self._times_dry and self._total > self._learned:
            self._learned = max(self._least, int(self._learned * EASED))
        self._begin()

    def is_enough(self, queued: int) -> bool:
        if not self._times_dry:
            return queued >= self._learned
        if self._now - self._dry_at >= LONGEST:
            return True
        lacking = 1 - self._came / max(1, self._came_at + self._late)  # of each byte, if it goes on like this
        reach = REACH if self._times_dry > 1 else FIRST_REACH
        return queued >= max(self._learned, lacking * reach)
