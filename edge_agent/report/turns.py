"""Sorts the records of a timeline into turns, and tells for each what happened when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..telemetry.timeline import Record
from ..telemetry.turn_log import TurnLog, TurnSummary

AFTERMATH_S = 1.5  # what comes within this time of the end of a turn still belongs to it
BEFORE_S = 1.0  # a voice opens the gate before the turn begins


@dataclass(frozen=True, slots=True)
class Told:
    """A turn with its records; `run`: which start of the device counted it."""

    run: int
    number: int
    began: float  # CLOCK_MONOTONIC, s
    records: tuple[Record, ...]  # with `ms` since it began
    summary: TurnSummary | None  # None: it is not over

    def as_json(self) -> dict[str, Any]:
        summary = self.summary
        told = {name: getattr(summary, name) for name in summary.__slots__} if summary else {}
        return {
            "turn_id": self.number,
            "run": self.run,
            "t": self.began,
            **told,
            "summary": str(summary) if summary else f"turn {self.number} has not ended",
            "records": list(self.records),
        }


def turns_of(steps: Sequence[Record], changes: Sequence[Record] = ()) -> list[Told]:
    """In the order in which they began. Both as `History` keeps them, in any order. Changes of link and devices reach
    further back than steps, and belong to no turn of which there is no step."""
    ordered = sorted([*steps, *changes], key=lambda record: record["n"])
    summaries = _summaries(ordered)
    ordered = list(_stopped_where_begun(ordered))
    turns: dict[tuple[int, int], list[Record]] = {}
    stepped = {(record["run"], record.get("turn_id")) for record in steps}
    for record in ordered:
        if "turn_id" in record and (record["run"], record["turn_id"]) in stepped:
            turns.setdefault((record["run"], record["turn_id"]), []).append(record)
    return [
        _told(run, number, own, _voice_before(own, ordered), summaries.get((run, number)))
        for (run, number), own in turns.items()
    ]


def _summaries(ordered: list[Record]) -> dict[tuple[int, int], TurnSummary]:
    found: dict[tuple[int, int], TurnSummary] = {}
    for run in sorted({record["run"] for record in ordered}):
        ended: list[TurnSummary] = []
        log = TurnLog(ended.append)
        for record in ordered:
            if record["run"] == run:
                log.record(record)
        log.close()
        found |= {(run, summary.turn_id): summary for summary in ended}
    return found


def _stopped_where_begun(ordered: Iterable[Record]) -> Iterator[Record]:
    """An answer is stopped by the next turn, but is of the one that it answers."""
    speaking = 0
    for record in ordered:
        if record["event"] == "playback_started":
            speaking = record.get("turn_id", 0)
        if record["event"] == "playback_stopped" and speaking:
            yield {**record, "turn_id": speaking}
        else:
            yield record


def _voice_before(own: list[Record], ordered: list[Record]) -> Iterator[Record]:
    """The sign of a voice that a turn began with."""
    first = own[0]
    if first.get("opened_by") == "speech":
        for record in ordered:
            if (record["run"], record["event"]) == (first["run"], "gate_opened") and (
                0 <= first["t"] - record["t"] < BEFORE_S
            ):
                yield record


def _told(
    run: int, number: int, own: list[Record], before: Iterator[Record], summary: TurnSummary | None
) -> Told:
    own = [*(record for record in before if record not in own), *own]
    began = own[0]["t"]
    over = next((record["t"] for record in own if record["event"] == "turn_done"), own[-1]["t"])
    kept = [record for record in own if record["t"] <= over + AFTERMATH_S]
    return Told(
        run,
        number,
        began,
        tuple({"ms": round((record["t"] - began) * 1000), **record} for record in kept),
        summary,
    )
