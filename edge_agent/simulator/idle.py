"""`idle_timeout_ms`: nobody speaks for so long after an answer was played, and the service answers that."""

from __future__ import annotations

from collections.abc import Callable

from ..realtime.wire import Json
from .outbox import Outbox, Outgoing
from .settings import turn_detection

TAG = "idle"


class Idle:
    """`passed` takes the milliseconds of sound since the answer was played, and the time."""

    def __init__(self, outbox: Outbox, config: Json) -> None:
        self._outbox, self._config = outbox, config
        self.passed: Callable[[int, float], None]

    def begin(self, answered_ms: int, now: float) -> None:
        """An answer of this length was sent: it is played from now on, as the service takes it."""
        self.stop()
        if timeout_ms := self._timeout_ms():
            at = now + (answered_ms + timeout_ms) / 1000
            self._outbox.plan(at, lambda at: self._pass(timeout_ms, at), TAG)

    def stop(self) -> None:
        self._outbox.withdraw(TAG)

    def _timeout_ms(self) -> int | None:
        detection = turn_detection(self._config) or {}
        timeout_ms: int | None = detection.get("idle_timeout_ms")
        return timeout_ms

    def _pass(self, timeout_ms: int, at: float) -> list[Outgoing]:
        if self._timeout_ms():  # else it was switched off meanwhile
            self.passed(timeout_ms, at)
        return []
