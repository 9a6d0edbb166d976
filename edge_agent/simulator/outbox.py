"""What the simulated service will send, and when. Pure: time is an argument."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Close:
    code: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Drop:
    """Cut the connection without a close frame."""


@dataclass(frozen=True, slots=True)
class Freeze:
    """From now on nothing is sent or read, not even a pong."""


@dataclass(frozen=True, slots=True)
class Reset:
    """Cut it with a TCP reset."""


Output: TypeAlias = Json | str | bytes | Close | Drop | Reset | Freeze
Mangled: TypeAlias = Literal["", "duplicate", "reorder"]
Planned: TypeAlias = Callable[[float], list[Output]]  # made at the moment it is due


class Outbox:
    def __init__(self) -> None:
        self._heap: list[tuple[float, int, str, Planned]] = []
        self._number = 0
        self.mangled: Mangled = ""

    @property
    def next_at(self) -> float | None:
        return self._heap[0][0] if self._heap else None

    def put(self, *outputs: Output, at: float = 0.0) -> None:
        """Send these as soon as `at` is reached."""
        self.plan(at, lambda _: list(outputs))

    def plan(self, at: float, make: Planned, tag: str = "") -> None:
        """Decide then what to send. What is planned under a tag can be withdrawn."""
        self._number += 1
        heapq.heappush(self._heap, (at, self._number, tag, make))

    def withdraw(self, tag: str) -> None:
        self._heap = [entry for entry in self._heap if entry[2] != tag]
        heapq.heapify(self._heap)

    def due(self, now: float) -> list[Output]:
        """All that is to be sent by now, in order."""
        outputs: list[Output] = []
        while self._heap and self._heap[0][0] <= now:
            at, _, _, make = heapq.heappop(self._heap)
            outputs += make(max(at, now))
        return _mangle(outputs, self.mangled)


def _mangle(outputs: list[Output], how: Mangled) -> list[Output]:
    if how == "duplicate":
        return [output for output in outputs for _ in range(2)]
    if how == "reorder":
        pairs = [outputs[at : at + 2] for at in range(0, len(outputs), 2)]
        return [output for pair in pairs for output in reversed(pair)]
    return outputs
