"""Draws a conversation: both waveforms, whose turn it was, and what happened, on one time axis (SVG)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, zip_longest
from textwrap import wrap

import numpy as np

from ..telemetry.timeline import Record
from ..vocabulary import events as e
from ..vocabulary.sound import FRAME_MS
from ..vocabulary.state import State
from .svg import Sketch

LEFT, RIGHT, TOP = 92, 20, 44
WAVE_H, BAND_H, GAP = 84, 26, 12
PX_PER_S = 34.0
COLOURS = {
    "idle": "#e8e8ea",
    "listening": "#7cc48d",
    "thinking": "#f0c75e",
    "speaking": "#6fb3d9",
    "muted": "#d98c8c",
    "offline": "#c8a2cf",
}
MARKS = {  # timeline event -> (label, colour)
    "button_pressed": ("press", "#2d7a3e"),
    "button_released": ("release", "#2d7a3e"),
    "gate_opened": ("voice", "#2d7a3e"),
    "commit_sent": ("commit", "#8a6d00"),
    "first_delta": ("first delta", "#235f86"),
    "playback_started": ("first sample", "#235f86"),
    "interrupted": ("interrupted", "#b03030"),
    "link_down": ("link down", "#7a2f8a"),
    "link_up": ("link up", "#7a2f8a"),
}


class Envelope:
    """A sink for sound that keeps only how loud each 20 ms were (peak, 0 to 1)."""

    def __init__(self, rate_hz: int) -> None:
        self._block = rate_hz * FRAME_MS // 1000
        self.peaks: list[float] = []

    def write(self, pcm: bytes) -> None:
        blocks = np.abs(np.frombuffer(pcm, np.int16).astype(np.int32)).reshape(-1, self._block)
        self.peaks += (blocks.max(axis=1) / 32768).tolist()

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Caption:
    """Words, where they begin."""

    audio_ms: int
    who: str  # "you" or "agent"
    text: str


class Captions:
    """Collects the words of both sides as they come (`watch` every event), with where they begin."""

    def __init__(self) -> None:
        self._asked_ms = 0
        self._began_ms: dict[str, int] = {}
        self._words: dict[str, str] = {}
        self._questions: list[Caption] = []

    def watch(self, event: e.Event, _: State) -> None:
        match event:
            case e.UplinkOpened(audio_ms=audio_ms):
                self._asked_ms = audio_ms
            case e.UserTranscribed(_, transcript):
                self._questions.append(Caption(self._asked_ms, "you", transcript))
            case e.PlaybackStarted(item_id, audio_ms):
                self._began_ms[item_id] = audio_ms
            case e.TranscriptDelta(_, item_id, text):
                self._words[item_id] = self._words.get(item_id, "") + text

    def all(self) -> list[Caption]:
        answers = [
            Caption(self._began_ms[item_id], "agent", text)
            for item_id, text in self._words.items()
            if item_id in self._began_ms
        ]
        return self._questions + answers


def draw(
    records: Sequence[Record],
    microphone: Sequence[float],
    speaker: Sequence[float],
    captions: Iterable[Caption] = (),
) -> str:
    """The picture as SVG. `microphone`, `speaker`: peaks of each 20 ms."""
    seconds = max(len(microphone), len(speaker)) * FRAME_MS / 1000
    sketch = Sketch(LEFT + seconds * PX_PER_S + RIGHT)
    mic_y = TOP + 54
    band_y = mic_y + WAVE_H + GAP
    speaker_y = band_y + BAND_H + GAP
    axis_y = speaker_y + WAVE_H + 34
    height = axis_y + 96
    sketch.text(LEFT, 26, "A conversation, as the sound card heard it", "title")
    for row_y, name, row_height in (
        (mic_y, "microphone", WAVE_H),
        (band_y, "state", BAND_H),
        (speaker_y, "speaker", WAVE_H),
    ):
        sketch.text(LEFT - 10, row_y + row_height / 2 + 4, name, "row")
    _wave(sketch, microphone, mic_y, "#2d7a3e")
    _wave(sketch, speaker, speaker_y, "#235f86")
    _band(sketch, records, band_y, seconds)
    _marks(sketch, records, mic_y, axis_y)
    _captions(sketch, captions, mic_y - 40, axis_y + 34)
    for second in range(0, int(seconds) + 1, 2):
        x = _x(second * 1000)
        sketch.line(x, axis_y, axis_y + 5, "#888")
        sketch.text(x, axis_y + 18, f"{second} s", "axis")
    return sketch.document(
        height,
        "text{font:12px sans-serif;fill:#333}.title{font-size:15px;font-weight:bold}.row{text-anchor:end}"
        ".axis{text-anchor:middle;fill:#777}.mark{font-size:10px}.you{fill:#2d7a3e}.agent{fill:#235f86}"
        ".turn{font-size:11px}",
    )


def _x(audio_ms: float) -> float:
    return LEFT + audio_ms / 1000 * PX_PER_S


def _wave(sketch: Sketch, peaks: Sequence[float], y: float, colour: str) -> None:
    middle = y + WAVE_H / 2
    points = [f"M{_x(0):.1f} {middle:.1f}"]
    for number, peak in enumerate(peaks):
        x, half = _x((number + 0.5) * FRAME_MS), max(0.4, peak * WAVE_H / 2)
        points.append(f"M{x:.1f} {middle - half:.1f}V{middle + half:.1f}")
    sketch.parts.append(f'<path d="{"".join(points)}" stroke="{colour}" stroke-width="0.8" fill="none"/>')


def _band(sketch: Sketch, records: Sequence[Record], y: float, seconds: float) -> None:
    changes = [(record["audio_ms"], record["mode"]) for record in records if record["event"] == "state"]
    changes = [(0, "offline"), *changes, (seconds * 1000, "")]
    for (start, mode), (end, _) in pairwise(changes):
        sketch.rect(_x(start), y, max(0.0, _x(end) - _x(start)), BAND_H, COLOURS[mode])
        if (end - start) / 1000 * PX_PER_S > 6 * len(mode) + 6:
            sketch.text(_x(start) + 5, y + BAND_H / 2 + 4, mode, "turn")


def _marks(sketch: Sketch, records: Sequence[Record], top: float, bottom: float) -> None:
    """A line for each; labels of marks that stand close together go on different levels."""
    free = [0.0, 0.0, 0.0]  # where each level ends
    for label, colour, audio_ms in _labels(records):
        x = _x(audio_ms)
        sketch.line(x, top, bottom, colour, "2 3")
        level = next((i for i, end in enumerate(free) if end < x), len(free) - 1)
        free[level] = x + 5.4 * len(label) + 6
        sketch.text(x + 2, bottom - 4 - 11 * level, label, "mark", colour)


def _labels(records: Sequence[Record]) -> Iterator[tuple[str, str, int]]:
    for record in records:
        if mark := MARKS.get(record["event"]):
            label, colour = mark
            if record["event"] == "interrupted":
                label = f"interrupted at {record['heard_ms']} ms"
            yield label, colour, record["audio_ms"]


def _captions(sketch: Sketch, captions: Iterable[Caption], you_y: float, agent_y: float) -> None:
    ordered = sorted(captions, key=lambda caption: caption.audio_ms)
    for who, y, most in (("you", you_y, 3), ("agent", agent_y, 5)):
        own = [caption for caption in ordered if caption.who == who]
        for caption, following in zip_longest(own, own[1:]):
            end = _x(following.audio_ms) - 8 if following else sketch.width
            columns = max(12, int((end - _x(caption.audio_ms)) / 6.8))
            for number, line in enumerate(wrap(caption.text, columns, max_lines=most, placeholder=" …")):
                sketch.text(_x(caption.audio_ms), y + 14 * number, line, who)
