"""One summary of each turn, once all of it is known, and what they say of a day. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from ..conversation.commits import EMPTY
from .timeline import Record
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
        self._awaited = 0  # commits of ours that the service has not acknowledged
        self._link_trouble, self._lost_part = "offline", ""

    def record(self, record: Record) -> None:
        self._note(record)
        if turn := self._turn_of(record):
            turn.take(record)
        if record["event"] == "turn_done":
            self._finish(record["number"], record["by"])
        while self._turns and self._turns[0].settled:
            self._write(self._turns.pop(0).summary())

    def close(self) -> None:
        """There will be no more records."""
        for turn in self._turns:
            if turn.outcome:
                self._write(turn.summary())
        self._turns.clear()

    def _note(self, record: Record) -> None:
        """What is not of one turn alone."""
        match record:
            case {"event": "gate_opened", "t": at}:
                self._gate_opened = at
            case {"event": "gate_closed"}:
                self._gate_opened = None
            case {"event": "commit_sent"}:
                self._awaited += 1
            case {"event": "service_erred", "code": code} if code == EMPTY:
                self._awaited = max(0, self._awaited - 1)
            case {"event": "device_lost", "part": part}:
                self._lost_part = part
            case {"event": "device_started"}:
                self._lost_part = ""
            case {"event": "link_up" | "link_switched"}:
                self._link_trouble, self._awaited = "", 0
            case {"event": "link_down"}:
                self._link_trouble, self._awaited = "offline", 0
                for turn in self._turns:
                    turn.lose_session()
            case {"event": "link_failed", "code": code}:
                self._link_trouble = code

    def _turn_of(self, record: Record) -> TurnCourse | None:
        """The one that this record is of, if it still matters there."""
        turn_id = record.get("turn_id", 0)
        if turn_id > self._newest:
            self._newest = turn_id
            for turn in self._turns if record["event"] == "uplink_closed" else []:
                turn.take(record)  # pressed anew before the old one had closed
            self._turns.append(TurnCourse(turn_id, record, self._gate_opened))
            return None
        if record["event"] == "input_committed" and self._awaited:
            self._awaited -= 1
            return None
        return next((turn for turn in self._turns if turn.turn_id == turn_id), None)

    def _finish(self, turn_id: int, by: str) -> None:
        for turn in self._turns:
            if turn.turn_id < turn_id:
                turn.lose_session()
                turn.playing = False
            elif turn.turn_id == turn_id:
                turn.outcome = turn.judge(by, overtaken=turn_id < self._newest)
                if turn.outcome == "unanswered":
                    turn.why = self._lost_part or self._link_trouble or turn.refused or "timeout"


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

    def report(self, day: str) -> dict[str, Any]:
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
            self._outcomes: dict[str, int] = {}
            self._kept: dict[str, list[int]] = {}


def percentile(values: list[int], percent: int) -> int:
    """The nearest rank. Of at least one value."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]
