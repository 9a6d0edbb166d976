"""A turn as a picture (SVG): who did what when, on one axis of milliseconds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ..telemetry.timeline import Record
from .svg import Sketch

WIDTH, LEFT, RIGHT = 1000.0, 96.0, 24.0
STATE_H, BAR_H, LABEL_H, MOST_ROWS = 18.0, 14.0, 12.0, 4
SHORTEST_MS = 1000
TICKS_MS = (100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 60_000, 120_000)
MOST_TICKS = 14
LETTER_PX = 6.0
GREEN, AMBER, BLUE, RED, PURPLE = "#2d7a3e", "#8a6d00", "#235f86", "#b03030", "#7a2f8a"
LABELLED_FIRST = (  # where there is no room for all
    *(
        "button_pressed",
        "button_released",
        "audio_first_sent",
        "commit_sent",
        "first_delta",
        "playback_started",
    ),
    *("playback_stopped", "service_erred", "link_down"),
)
LANES = ("person", "wire out", "wire in", "speaker")
STATES = {"listening": "#bfe3c8", "thinking": "#f6e2ac", "speaking": "#bcdcee", "idle": "#eeeeee"}


@dataclass(frozen=True, slots=True)
class Bar:
    """What lasts: from the first of `begins` to the next of `ends`."""

    lane: str
    begins: str
    ends: tuple[str, ...]
    colour: str
    name: str
    height: float = BAR_H


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment. `said`: its label."""

    lane: str
    colour: str
    said: Callable[[Record], str]


BARS = (
    Bar("person", "button_pressed", ("button_released", "turn_done"), "#7cc48d", "button"),
    Bar(
        "person", "gate_opened", ("gate_closed", "uplink_closed", "turn_done"), "#3f9a55", "voice", BAR_H / 2
    ),
    Bar("wire out", "audio_first_sent", ("audio_last_sent", "clear_sent", "turn_done"), "#d9b84a", "sound"),
    Bar("wire in", "first_delta", ("response_done", "link_down", "turn_done"), "#6fb3d9", "answer"),
    Bar("speaker", "playback_started", ("playback_stopped", "playback_drained"), "#4a8fb8", "answer"),
)


def _heard_ms(record: Record) -> int:
    return sum(item["heard_ms"] for item in record["heard"])


def _words(words: str) -> Callable[[Record], str]:
    return lambda _: words


MARKS = {
    "button_pressed": Mark("person", GREEN, _words("press")),
    "button_released": Mark("person", GREEN, _words("release")),
    "gate_opened": Mark("person", GREEN, _words("voice")),
    "gate_closed": Mark("person", GREEN, _words("silence")),
    "uplink_closed": Mark(
        "person", GREEN, lambda it: f"recorded, loudest {it.get('loudest_dbfs', '?')} dBFS"
    ),
    "text_entered": Mark("person", GREEN, _words("text")),
    "mute_switched": Mark("person", RED, _words("mute switch")),
    "interrupt_requested": Mark("person", RED, _words("interrupt")),
    "forget_requested": Mark("person", RED, _words("forget")),
    "audio_first_sent": Mark("wire out", AMBER, _words("first frame")),
    "commit_sent": Mark("wire out", AMBER, _words("commit")),
    "clear_sent": Mark("wire out", AMBER, _words("clear")),
    "response_requested": Mark("wire out", AMBER, _words("ask")),
    "cancel_sent": Mark("wire out", RED, _words("cancel")),
    "interrupted": Mark("wire out", RED, lambda it: f"cut at {it['heard_ms']} ms"),
    "service_speech_started": Mark("wire in", BLUE, _words("hears speech")),
    "service_speech_stopped": Mark("wire in", BLUE, _words("speech ended")),
    "input_committed": Mark("wire in", BLUE, _words("committed")),
    "response_started": Mark("wire in", BLUE, _words("response")),
    "first_delta": Mark("wire in", BLUE, _words("first delta")),
    "response_done": Mark("wire in", BLUE, lambda it: " ".join(["done", it.get("reason", "")]).strip()),
    "service_erred": Mark("wire in", RED, lambda it: f"error {it['code']}"),
    "link_down": Mark("wire in", PURPLE, _words("link down")),
    "link_up": Mark("wire in", PURPLE, _words("link up")),
    "link_switched": Mark("wire in", PURPLE, _words("next session")),
    "link_failed": Mark("wire in", PURPLE, lambda it: f"no link: {it['code']}"),
    "playback_started": Mark("speaker", BLUE, _words("first sample")),
    "playback_starved": Mark("speaker", RED, _words("underrun")),
    "playback_drained": Mark("speaker", BLUE, _words("heard to the end")),
    "playback_stopped": Mark("speaker", RED, lambda it: f"stopped, {_heard_ms(it)} ms heard"),
    "cue": Mark("speaker", AMBER, lambda it: f"cue {it['name']}"),
    "device_lost": Mark("speaker", RED, lambda it: f"{it['part']} lost"),
    "device_started": Mark("speaker", GREEN, _words("sound found")),
}


@dataclass(frozen=True, slots=True)
class Label:
    record: Record
    words: str
    left: float
    row: int | None  # None: there is no room, and the line must do


def draw(records: Sequence[Record]) -> str:
    """The records of a turn, each with its `ms` since the turn began."""
    picture = _Picture(max(SHORTEST_MS, *(record["ms"] for record in records)))
    lanes = [picture.label([record for record in records if _lane_of(record) == lane]) for lane in LANES]
    feet = [STATE_H + sum(map(_height, lanes[: number + 1])) for number in range(len(lanes))]
    picture.state(records)
    picture.axis(feet[-1] + 4)
    for lane, labels, foot in zip(LANES, lanes, feet, strict=True):
        picture.lane(lane, foot, records)
        picture.marks(labels, foot)
    style = (
        "text{font:11px sans-serif;fill:#333}.row{text-anchor:end;font-weight:bold}"
        ".axis{text-anchor:middle;fill:#777}.mark{font-size:10px}"
    )
    return picture.sketch.document(feet[-1] + 26, style)


class _Picture:
    def __init__(self, lasts_ms: int) -> None:
        self._px_per_ms = (WIDTH - LEFT - RIGHT) / lasts_ms
        self._lasts_ms = lasts_ms
        self.sketch = Sketch(WIDTH)

    def x(self, ms: float) -> float:
        return LEFT + ms * self._px_per_ms

    def state(self, records: Sequence[Record]) -> None:
        """Whose turn it was, on top."""
        self.sketch.text(LEFT - 8, 13, "state", "row")
        changes = [(0, "")]
        for record in records:
            if record["event"] == "state" and record["turn"] != changes[-1][1]:
                changes.append((record["ms"], record["turn"]))
        for (ms, turn), (end, _) in pairwise([*changes[1:], (self._lasts_ms, "")]):
            width = (end - ms) * self._px_per_ms
            self.sketch.rect(self.x(ms), 0, width, STATE_H, STATES[turn], f"{turn}: {ms} to {end} ms")
            if width > LETTER_PX * len(turn) + 8:
                self.sketch.text(self.x(ms) + 4, 13, turn, "turn")

    def axis(self, bottom: float) -> None:
        step = next((tick for tick in TICKS_MS if self._lasts_ms / tick <= MOST_TICKS), TICKS_MS[-1])
        for ms in range(0, self._lasts_ms + 1, step):
            self.sketch.line(self.x(ms), STATE_H, bottom, "#e4e4e8")
            self.sketch.text(self.x(ms), bottom + 14, f"{ms} ms", "axis")

    def lane(self, lane: str, foot: float, records: Sequence[Record]) -> None:
        self.sketch.text(LEFT - 8, foot - 3, lane, "row")
        for bar in BARS:
            for begin, end in _spans(bar, records) if bar.lane == lane else ():
                width = max(2.0, (end - begin) * self._px_per_ms)
                title = f"{bar.name}: {begin} to {end} ms"
                self.sketch.rect(self.x(begin), foot - bar.height, width, bar.height, bar.colour, title)

    def label(self, records: Sequence[Record]) -> list[Label]:
        """Each on the lowest row that is free there."""
        taken: list[list[tuple[float, float]]] = [[] for _ in range(MOST_ROWS)]
        labels = []
        for record in sorted(records, key=lambda record: record["event"] not in LABELLED_FIRST):
            words = f"{MARKS[record['event']].said(record)} {record['ms']}"
            width = LETTER_PX * len(words)
            left = min(self.x(record["ms"]) + 2, WIDTH - width - 4)
            free = (
                row
                for row, spans in enumerate(taken)
                if all(end < left or left + width < begin for begin, end in spans)
            )
            if (row := next(free, None)) is not None:
                taken[row].append((left, left + width))
            labels.append(Label(record, words, left, row))
        return labels

    def marks(self, labels: Sequence[Label], foot: float) -> None:
        for label in labels:
            colour = MARKS[label.record["event"]].colour
            x = self.x(label.record["ms"])
            self.sketch.line(x, foot - BAR_H - 2, foot, colour)
            if label.row is not None:
                self.sketch.text(
                    label.left, foot - BAR_H - 3 - LABEL_H * label.row, label.words, "mark", colour
                )


def _height(labels: Sequence[Label]) -> float:
    """Of a lane: labels above, bars at its foot."""
    rows = max((label.row or 0 for label in labels), default=0) + 1
    return LABEL_H * rows + BAR_H + 8


def _lane_of(record: Record) -> str:
    mark = MARKS.get(record["event"])
    return mark.lane if mark else ""


def _spans(bar: Bar, records: Sequence[Record]) -> Iterator[tuple[int, int]]:
    """In ms."""
    begun: int | None = None
    for record in records:
        if record["event"] == bar.begins:
            begun = record["ms"] if begun is None else begun
        elif begun is not None and record["event"] in bar.ends:
            yield begun, record["ms"]
            begun = None
    if begun is not None:
        yield begun, records[-1]["ms"]
