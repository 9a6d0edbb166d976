"""What the simulated service will send, and when. Pure: time is an argument."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import TypeAlias

from ..realtime.wire import Json
from ..vocabulary.frozen import frozen


@frozen
class Close:
    code: int
    reason: str = ""


@frozen
class Drop:
    """Cut the connection without a close frame. `reset`: what was on its way is lost."""

    reset: bool = False


@frozen
class Freeze:
    """From now on nothing is sent or read, not even a pong."""


Outgoing: TypeAlias = Json | str | bytes | Close | Drop | Freeze
Planned: TypeAlias = Callable[[float], list[Outgoing]]  # made at the moment it is due
HOLD_S = 0.1  # an event waits so long for one to be swapped with


class Outbox:
    """`twice`: every event is sent twice. `swaps`: neighbouring events are sent in the wrong order."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, str, Planned]] = []
        self._number = 0
        self._held: Json | None = None  # sent after its successor
        self._held_until = 0.0
        self.twice = self.swaps = False

    @property
    def next_at(self) -> float | None:
        planned = [self._heap[0][0]] if self._heap else []
        return min(planned + ([self._held_until] if self._held else []), default=None)

    def put(self, *outputs: Outgoing, at: float = 0.0) -> None:
        """Send these as soon as `at` is reached."""
        self.plan(at, lambda _: list(outputs))

    def plan(self, at: float, make: Planned, tag: str = "") -> None:
        """Decide then what to send. What is planned under a tag can be withdrawn."""
        self._number += 1
        heapq.heappush(self._heap, (at, self._number, tag, make))

    def withdraw(self, tag: str) -> None:
        self._heap = [entry for entry in self._heap if entry[2] != tag]
        heapq.heapify(self._heap)

    def stretch(self, tag: str, now: float, factor: float) -> None:
        """What is planned under a tag comes so much later, as seen from now."""
        self._heap = [
            (now + (at - now) * factor if tag == of else at, number, of, make)
            for at, number, of, make in self._heap
        ]
        heapq.heapify(self._heap)

    def due(self, now: float) -> list[Outgoing]:
        """All that is to be sent by now, in order."""
        outputs: list[Outgoing] = []
        while self._heap and self._heap[0][0] <= now:
            at, _, _, make = heapq.heappop(self._heap)
            for output in make(max(at, now)):
                outputs += self._garbled(output, now)
        if self._held_until <= now:
            outputs += self._release()
        return outputs

    def _garbled(self, output: Outgoing, now: float) -> list[Outgoing]:
        if not isinstance(output, dict):
            return [*self._release(), output]
        outputs: list[Outgoing] = []
        for event in [output] * (2 if self.twice else 1):
            if self.swaps and self._held is None:
                self._held, self._held_until = event, now + HOLD_S
            else:
                outputs += [event, *self._release()]
        return outputs

    def _release(self) -> list[Outgoing]:
        held, self._held = self._held, None
        return [held] if held else []
