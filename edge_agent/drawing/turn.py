"""A turn as a picture (SVG): who did what when, on one axis of milliseconds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import get_args

from ..telemetry import facts as f
from ..telemetry.records import Record
from ..vocabulary import events as e
from ..vocabulary.frozen import frozen
from ..vocabulary.state import Mode
from .axis import LETTER_PX, Axis
from .marks import MARKS, Lane
from .svg import Sketch

WIDTH, LEFT, RIGHT = 1000.0, 96.0, 24.0
STATE_H, BAR_H, LABEL_H, MOST_ROWS = 18.0, 14.0, 12.0, 4
SHORTEST_MS = 1000
TICKS_MS = (100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 60_000, 120_000)
MOST_TICKS = 14
LABELLED_FIRST = (  # where there is no room for all
    e.ButtonPressed
    | e.ButtonReleased
    | f.AudioFirstSent
    | f.CommitSent
    | f.FirstDelta
    | e.PlaybackStarted
    | e.PlaybackStopped
    | f.ServiceComplained
    | e.Disconnected
)
LANES: tuple[Lane, ...] = get_args(Lane)


@frozen
class Bar:
    """What lasts: from the first of `begins` to the next of `ends`."""

    lane: Lane
    begins: type[f.Fact]
    ends: tuple[type[f.Fact], ...]
    colour: str
    name: str
    height: float = BAR_H


BARS = (
    Bar("person", e.ButtonPressed, (e.ButtonReleased, f.TurnDone), "#7cc48d", "button"),
    Bar(
        "person",
        e.SpeechStarted,
        (e.SpeechEnded, f.RecordingEnded, f.TurnDone),
        "#3f9a55",
        "voice",
        BAR_H / 2,
    ),
    Bar("wire out", f.AudioFirstSent, (f.AudioLastSent, f.ClearSent, f.TurnDone), "#d9b84a", "sound"),
    Bar("wire out", f.ToolStarted, (f.ToolEnded, f.ToolCancelled, f.TurnDone), "#b78ac4", "tool", BAR_H / 2),
    Bar("wire in", f.FirstDelta, (f.AnswerDone, e.Disconnected, f.TurnDone), "#6fb3d9", "answer"),
    Bar("speaker", e.PlaybackStarted, (e.PlaybackStopped, f.AnswerHeard), "#4a8fb8", "answer"),
)


@frozen
class Moment:
    """A record, and when it was in ms since the turn began."""

    ms: int
    fact: f.Fact


@frozen
class Label:
    step: Moment
    words: str
    left: float
    row: int | None  # None: there is no room, and the line must do


def draw(records: Sequence[Record]) -> str:
    """The records of a turn, which begins with the first."""
    steps = [Moment(round((record.t - records[0].t) * 1000), record.fact) for record in records]
    picture = _Picture(max(SHORTEST_MS, *(step.ms for step in steps)))
    lanes = [picture.label([step for step in steps if _lane_of(step) == lane]) for lane in LANES]
    feet = [STATE_H + sum(map(_height, lanes[: number + 1])) for number in range(len(lanes))]
    picture.state(steps)
    picture.axis(feet[-1] + 4)
    for lane, labels, foot in zip(LANES, lanes, feet, strict=True):
        picture.lane(lane, foot, steps)
        picture.marks(labels, foot)
    style = (
        "text{font:11px sans-serif;fill:#333}.row{text-anchor:end;font-weight:bold}"
        ".axis{text-anchor:middle;fill:#777}.mark{font-size:10px}"
    )
    return picture.sketch.document(feet[-1] + 26, style)


class _Picture:
    def __init__(self, lasts_ms: int) -> None:
        self._axis = Axis(LEFT, (WIDTH - LEFT - RIGHT) / lasts_ms, lasts_ms)
        self.sketch = Sketch(WIDTH)

    def state(self, steps: Sequence[Moment]) -> None:
        """Whose turn it was, on top."""
        self.sketch.text(LEFT - 8, 13, "state", "row")
        changes: list[tuple[int, Mode]] = []
        for step in steps:
            if isinstance(step.fact, f.StateChanged):
                turn = Mode(step.fact.turn.value)
                if not changes or turn is not changes[-1][1]:
                    changes.append((step.ms, turn))
        self._axis.band(self.sketch, 0, STATE_H, changes)

    def axis(self, bottom: float) -> None:
        lasts_ms = self._axis.lasts_ms
        step_ms = next((tick for tick in TICKS_MS if lasts_ms / tick <= MOST_TICKS), TICKS_MS[-1])
        self._axis.ticks(self.sketch, STATE_H, bottom, step_ms, seconds=False)

    def lane(self, lane: Lane, foot: float, steps: Sequence[Moment]) -> None:
        self.sketch.text(LEFT - 8, foot - 3, lane, "row")
        for bar in BARS:
            for begin, end in _spans(bar, steps) if bar.lane == lane else ():
                width = max(2.0, (end - begin) * self._axis.px_per_ms)
                title = f"{bar.name}: {begin} to {end} ms"
                self.sketch.rect(self._axis.x(begin), foot - bar.height, width, bar.height, bar.colour, title)

    def label(self, steps: Sequence[Moment]) -> list[Label]:
        """Each on the lowest row that is free there."""
        taken: list[list[tuple[float, float]]] = [[] for _ in range(MOST_ROWS)]
        labels = []
        for step in sorted(steps, key=lambda step: not isinstance(step.fact, LABELLED_FIRST)):
            words = f"{MARKS[type(step.fact)].said(step.fact)} {step.ms}"
            width = LETTER_PX * len(words)
            left = min(self._axis.x(step.ms) + 2, WIDTH - width - 4)
            free = (
                row
                for row, spans in enumerate(taken)
                if all(end < left or left + width < begin for begin, end in spans)
            )
            if (row := next(free, None)) is not None:
                taken[row].append((left, left + width))
            labels.append(Label(step, words, left, row))
        return labels

    def marks(self, labels: Sequence[Label], foot: float) -> None:
        for label in labels:
            colour = MARKS[type(label.step.fact)].colour
            x = self._axis.x(label.step.ms)
            self.sketch.line(x, foot - BAR_H - 2, foot, colour)
            if label.row is not None:
                self.sketch.text(
                    label.left, foot - BAR_H - 3 - LABEL_H * label.row, label.words, "mark", colour
                )


def _height(labels: Sequence[Label]) -> float:
    """Of a lane: labels above, bars at its foot."""
    rows = max((label.row or 0 for label in labels), default=0) + 1
    return LABEL_H * rows + BAR_H + 8


def _lane_of(step: Moment) -> str:
    mark = MARKS.get(type(step.fact))
    return mark.lane if mark else ""


def _spans(bar: Bar, steps: Sequence[Moment]) -> Iterator[tuple[int, int]]:
    """In ms."""
    begun: int | None = None
    for step in steps:
        if isinstance(step.fact, bar.begins):
            begun = step.ms if begun is None else begun
        elif begun is not None and isinstance(step.fact, bar.ends):
            yield begun, step.ms
            begun = None
    if begun is not None:
        yield begun, steps[-1].ms
