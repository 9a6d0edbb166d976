"""One summary of each turn, once all of it is known: made from the records of the timeline."""

from __future__ import annotations

from collections.abc import Callable

from .commits import EMPTY
from .timeline import Record
from .turn_summary import TurnCourse, TurnSummary


class TurnLog:
    """`take` the records of one device; `tell` is given each turn once all of it is known: an interrupted one when
    the speaker has said what was heard of it, and the service what it cost, or when neither will come."""

    def __init__(self, tell: Callable[[TurnSummary], None]) -> None:
        self._tell = tell
        self._turns: list[TurnCourse] = []  # not told yet, the oldest first
        self._newest = 0
        self._gate_opened: float | None = None
        self._awaited = 0  # commits of ours that the service has not acknowledged
        self._link_trouble, self._lost_part = "offline", ""

    def take(self, record: Record) -> None:
        self._note(record)
        if turn := self._turn_of(record):
            turn.take(record)
        if record["event"] == "turn_done":
            self._finish(record["number"], record["by"])
        while self._turns and self._turns[0].settled:
            self._tell(self._turns.pop(0).summary())

    def close(self) -> None:
        """There will be no more records."""
        for turn in self._turns:
            if turn.outcome:
                self._tell(turn.summary())
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
                if turn.outcome == "failed":
                    turn.why = self._lost_part or self._link_trouble or turn.refused or "timeout"
