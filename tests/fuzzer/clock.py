"""Time that is simulated: whole milliseconds, and what is to happen when."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Clock:
    def __init__(self) -> None:
        self.now_ms = 0
        self._waiting: list[tuple[int, int, Callable[..., None], tuple[Any, ...]]] = []
        self._count = 0

    def after(self, wait_ms: int, call: Callable[..., None], *arguments: Any) -> None:
        self._count += 1
        heappush(self._waiting, (self.now_ms + max(0, wait_ms), self._count, call, arguments))

    @property
    def next_ms(self) -> float:
        return self._waiting[0][0] if self._waiting else float("inf")

    def step(self) -> None:
        """Do what is next."""
        at_ms, _, call, arguments = heappop(self._waiting)
        self.now_ms = max(self.now_ms, at_ms)
        call(*arguments)


class Pipe(Generic[T]):
    """Carries things in order, each for `delay_ms()` at least. What is on its way can be lost."""

    def __init__(self, clock: Clock, delay_ms: Callable[[], int], take: Callable[[T], None]) -> None:
        self._clock, self._delay_ms, self._take = clock, delay_ms, take
        self._last_ms = 0
        self._epoch = 0
        self.under_way = 0

    def send(self, thing: T) -> None:
        self._last_ms = max(self._last_ms, self._clock.now_ms + self._delay_ms())
        self.under_way += 1
        self._clock.after(self._last_ms - self._clock.now_ms, self._arrive, self._epoch, thing)

    def lose(self) -> None:
        self._epoch += 1
        self.under_way = 0

    def _arrive(self, epoch: int, thing: T) -> None:
        if epoch == self._epoch:
            self.under_way -= 1
            self._take(thing)
