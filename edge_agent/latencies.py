"""How quick the turns of a day were, in bounded memory. Pure."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import asdict
from math import ceil
from typing import Any

from .turn_summary import TurnSummary

MOST_KEPT = 1000  # of each latency: the latest of a day
LATENCIES = (
    "press_to_sent_ms",
    "release_to_commit_ms",
    "commit_to_delta_ms",
    "delta_to_sound_ms",
    "release_to_sound_ms",
)


class Percentiles:
    """Of the latest values, by nearest rank."""

    def __init__(self) -> None:
        self._values: deque[int] = deque(maxlen=MOST_KEPT)

    def add(self, value: int) -> None:
        self._values.append(value)

    def at(self, percent: float) -> int | None:
        """The value that so many percent (over 0, up to 100) of all are not above; None: there are none."""
        ordered = sorted(self._values)
        return ordered[ceil(len(ordered) * percent / 100) - 1] if ordered else None

    def __len__(self) -> int:
        return len(self._values)


class Day:
    """The turns of today; `today` gives the local day. The last turn stays known when another day begins."""

    def __init__(self, today: Callable[[], str]) -> None:
        self._today = today
        self._last: TurnSummary | None = None
        self._begin(today())

    def _begin(self, day: str) -> None:
        self._day = day
        self._outcomes: Counter[str] = Counter()
        self._latencies = {name: Percentiles() for name in LATENCIES}

    def add(self, turn: TurnSummary) -> None:
        self._look()
        self._last = turn
        self._outcomes[turn.outcome] += 1
        for name, percentiles in self._latencies.items():
            if (value := getattr(turn, name)) is not None:
                percentiles.add(value)

    def report(self) -> dict[str, Any]:
        """For status and metrics; latencies in ms."""
        self._look()
        return {
            "day": self._day,
            "turns": dict(self._outcomes),
            "last": self._last and asdict(self._last),
            "latencies": {
                name: {"p50": values.at(50), "p95": values.at(95), "count": len(values)}
                for name, values in self._latencies.items()
            },
        }

    def _look(self) -> None:
        if (today := self._today()) != self._day:
            self._begin(today)
