"""One summary of each turn, once all of it is known, and what they say of a day. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict

from ..vocabulary import events as e
from ..vocabulary.notices import Outcome
from . import facts as f
from .records import Record
from .status_shape import TurnLatencies
from .turn_summary import TurnCourse, TurnSummary

__all__ = ["Day", "TurnLog", "TurnSummary", "percentile"]


class TurnLog:
    """`record` takes the records of one device, `write` each turn once all of it is known: an interrupted one when
    the speaker has said what was heard of it, and the service what it cost, or when neither will come."""

    def __init__(self, write: Callable[[TurnSummary], None]) -> None:
        self._write = write
        self._turns: list[TurnCourse] = []  # not told yet, the oldest first
        self._newest = 0
        self._gate_opened: float | None = None

    def record(self, record: Record) -> None:
        match record.fact:
            case e.SpeechStarted():
                self._gate_opened = record.t
            case e.SpeechEnded():
                self._gate_opened = None
            case e.Disconnected():
                for turn in self._turns:
                    turn.lose_session()
        if turn_of := self._turn_of(record):
            turn_of.take(record)
        if isinstance(record.fact, f.TurnDone):
            for turn in self._turns:
                turn.end(record.fact)
        while self._turns and self._turns[0].settled:
            self._write(self._turns.pop(0).summary())

    def close(self) -> None:
        """There will be no more records."""
        for turn in self._turns:
            if turn.done:
                self._write(turn.summary())
        self._turns.clear()

    def _turn_of(self, record: Record) -> TurnCourse | None:
        """The one that this record is of, if it still matters there."""
        if record.turn_id <= self._newest:
            return next((turn for turn in self._turns if turn.turn_id == record.turn_id), None)
        self._newest = record.turn_id
        if isinstance(record.fact, f.RecordingEnded):  # pressed again before the old one had closed
            for turn in self._turns:
                turn.take(record)
        self._turns.append(TurnCourse(record, self._gate_opened))
        return None


class Day:
    """The turns of a day: outcomes, and percentiles of the latencies. Days are any texts; memory is bounded."""

    MOST = 2000  # turns whose latencies are kept

    def __init__(self) -> None:
        self._day = ""
        self._last: TurnSummary | None = None
        self._begin("")

    def add(self, summary: TurnSummary, day: str) -> None:
        self._begin(day)
        self._last = summary
        self._outcomes[summary.outcome] = self._outcomes.get(summary.outcome, 0) + 1
        for name, value in summary.latencies.items():
            kept = self._kept.setdefault(name, [])
            kept.append(value)
            del kept[: -self.MOST]

    def report(self, day: str) -> TurnLatencies:
        """For status and metrics: the last turn, and the day's."""
        self._begin(day)
        return {
            "last": asdict(self._last) if self._last else None,
            "today": dict(self._outcomes),
            "p50": {name: percentile(values, 50) for name, values in self._kept.items()},
            "p95": {name: percentile(values, 95) for name, values in self._kept.items()},
        }

    def _begin(self, day: str) -> None:
        if day != self._day or not day:
            self._day = day
            self._outcomes: dict[Outcome, int] = {}
            self._kept: dict[str, list[int]] = {}


def percentile(values: list[int], percent: int) -> int:
    """The nearest rank. Of at least one value."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]
