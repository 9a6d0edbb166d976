"""Sorts the records of a timeline into turns, and tells for each what happened when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, replace

from ..telemetry import facts as f
from ..telemetry.records import Json, Record, as_json, of_json
from ..telemetry.turn_log import TurnLog, TurnSummary
from ..vocabulary import events as e
from ..vocabulary.frozen import frozen

AFTERMATH_S = 1.5  # what comes within this time of the end of a turn still belongs to it
BEFORE_S = 1.0  # a voice opens the gate before the turn begins


@frozen
class Kept:
    """A record as `History` keeps it: the `number`-th that it was given, in this run of the device."""

    number: int
    run: int
    record: Record

    @property
    def turn(self) -> tuple[int, int]:
        return self.run, self.record.turn_id


@frozen
class Told:
    """A turn with its records; `run`: which start of the device counted it."""

    run: int
    number: int
    kept: tuple[Kept, ...]
    summary: TurnSummary | None  # None: it is not over

    @property
    def records(self) -> list[Record]:
        return [kept.record for kept in self.kept]

    def as_json(self) -> Json:
        """With each record `ms`: when it was since the turn began."""
        summary, began = self.summary, self.kept[0].record.t
        told = {item.name: getattr(summary, item.name) for item in fields(summary)} if summary else {}
        return {
            "turn_id": self.number,
            "run": self.run,
            "t": began,
            **told,
            "summary": str(summary) if summary else f"turn {self.number} has not ended",
            "records": [
                {
                    "ms": round((kept.record.t - began) * 1000),
                    "n": kept.number,
                    "run": kept.run,
                    **as_json(kept.record),
                }
                for kept in self.kept
            ],
        }


def turns_of(steps: Sequence[Json], changes: Sequence[Json] = ()) -> list[Told]:
    """In the order in which they began. Both as `History` keeps them, in any order. Changes of link and devices reach
    further back than steps; those without a step of the same turn are left out."""
    ordered = sorted([*_kept(steps), *_kept(changes)], key=lambda kept: kept.number)
    summaries = _summaries(ordered)
    ordered = list(_stopped_where_begun(ordered))
    turns: dict[tuple[int, int], list[Kept]] = {}
    stepped = {kept.turn for kept in _kept(steps)}
    for kept in ordered:
        if kept.record.turn_id and kept.turn in stepped:
            turns.setdefault(kept.turn, []).append(kept)
    return [_told(own, _voice_before(own[0], ordered), summaries.get(turn)) for turn, own in turns.items()]


def _kept(lines: Iterable[Json]) -> Iterator[Kept]:
    for line in lines:
        if record := of_json(line):
            yield Kept(line["n"], line["run"], record)


def _summaries(ordered: Sequence[Kept]) -> dict[tuple[int, int], TurnSummary]:
    found: dict[tuple[int, int], TurnSummary] = {}
    for run in sorted({kept.run for kept in ordered}):
        ended: list[TurnSummary] = []
        log = TurnLog(ended.append)
        for kept in ordered:
            if kept.run == run:
                log.record(kept.record)
        log.close()
        found |= {(run, summary.turn_id): summary for summary in ended}
    return found


def _stopped_where_begun(ordered: Iterable[Kept]) -> Iterator[Kept]:
    """An answer is stopped by the next turn, but is of the one that it answers."""
    speaking = 0
    for kept in ordered:
        if isinstance(kept.record.fact, e.PlaybackStarted):
            speaking = kept.record.turn_id
        if isinstance(kept.record.fact, e.PlaybackStopped) and speaking:
            yield replace(kept, record=replace(kept.record, turn_id=speaking))
        else:
            yield kept


def _voice_before(first: Kept, ordered: Iterable[Kept]) -> Iterator[Kept]:
    """The sign of a voice that a turn began with."""
    if not isinstance(first.record.fact, f.RecordingStarted) or first.record.fact.opened_by != "speech":
        return
    for kept in ordered:
        before_s = first.record.t - kept.record.t
        if (
            kept.run == first.run
            and isinstance(kept.record.fact, e.SpeechStarted)
            and 0 <= before_s < BEFORE_S
        ):
            yield kept


def _told(own: list[Kept], before: Iterator[Kept], summary: TurnSummary | None) -> Told:
    run, number = own[0].turn
    own = [*(kept for kept in before if kept not in own), *own]
    over = next((it.record.t for it in own if isinstance(it.record.fact, f.TurnDone)), own[-1].record.t)
    in_time = tuple(kept for kept in own if kept.record.t <= over + AFTERMATH_S)
    return Told(run, number, in_time, summary)
