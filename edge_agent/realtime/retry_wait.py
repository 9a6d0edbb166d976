"""Waits for the next attempt to connect, unless something happens first that makes a sooner one worthwhile."""

from __future__ import annotations

import asyncio
from time import monotonic, time

from .auth import Credential
from .errors import LinkFailure, Next

LOOK_S = 1.0  # how often to look whether a technician, or the time, has put things right
HURRIED_S = 1.0  # between attempts that people ask for
CLOCK_STEP_S = 10.0  # a clock that jumps this far has been set


class RetryWait:
    def __init__(self, credential: Credential) -> None:
        self._credential = credential
        self._hurried = asyncio.Event()
        self._attempt_at = 0.0

    def begin(self) -> None:
        """An attempt begins."""
        self._hurried.clear()
        self._attempt_at = monotonic()

    @property
    def hurried(self) -> bool:
        """Whether somebody wanted to talk since the attempt began: another follows at once."""
        return self._hurried.is_set()

    def hurry(self) -> None:
        """Somebody wants to talk."""
        self._hurried.set()

    async def wait(self, seconds: float, failure: LinkFailure) -> None:
        """So long; less where somebody wants to talk, the proof has changed, or the clock was set. What the
        service asked for (Retry-After) is kept in any case."""
        began = monotonic()
        until, ahead_s = began + seconds, time() - began
        earliest = max(began + (failure.retry_after_s or 0.0), self._attempt_at + HURRIED_S)
        while (left_s := (earliest if self._hurried.is_set() else until) - monotonic()) > 0:
            if self._hurried.is_set():
                await asyncio.sleep(left_s)
                continue
            try:
                async with asyncio.timeout(min(left_s, LOOK_S)):
                    await self._hurried.wait()
            except TimeoutError:
                clock_set = abs(time() - monotonic() - ahead_s) > CLOCK_STEP_S
                if (failure.next is Next.CLOCK and clock_set) or self._credential.changed():
                    return
