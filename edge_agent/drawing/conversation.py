"""Draws a conversation: both waveforms, whose turn it was, and what happened, on one time axis (SVG)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from textwrap import wrap

import numpy as np

from ..telemetry import facts as f
from ..telemetry.captions import Caption
from ..telemetry.records import Record
from ..vocabulary import events as e
from ..vocabulary.sound import FRAME_MS
from ..vocabulary.state import Mode
from .axis import Axis
from .marks import BLUE, GREEN, MARKS
from .svg import Sketch

LEFT, RIGHT, TOP = 92, 20, 44
WAVE_H, BAND_H, GAP = 84, 26, 12
PX_PER_MS = 0.034
TICK_MS = 2000
MARKED = (
    e.ButtonPressed
    | e.ButtonReleased
    | e.SpeechStarted
    | f.CommitSent
    | f.FirstDelta
    | e.PlaybackStarted
    | f.Interrupted
    | e.Disconnected
    | f.LinkUp
)


class Envelope:
    """A sink for sound that keeps only how loud each 20 ms were (peak, 0 to 1)."""

    def __init__(self, rate_hz: int) -> None:
        self._block = rate_hz * FRAME_MS // 1000
        self.peaks: list[float] = []

    def write(self, pcm: bytes) -> None:
        blocks = np.abs(np.frombuffer(pcm, np.int16).astype(np.int32)).reshape(-1, self._block)
        self.peaks += (blocks.max(axis=1) / 32768).tolist()

    def close(self) -> None: ...


def draw(
    records: Sequence[Record],
    microphone: Sequence[float],
    speaker: Sequence[float],
    captions: Iterable[Caption] = (),
) -> str:
    """The picture as SVG. `microphone`, `speaker`: peaks of each 20 ms."""
    axis = Axis(LEFT, PX_PER_MS, max(len(microphone), len(speaker)) * FRAME_MS)
    sketch = Sketch(axis.x(axis.lasts_ms) + RIGHT)
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
    _wave(sketch, axis, microphone, mic_y, GREEN)
    _wave(sketch, axis, speaker, speaker_y, BLUE)
    axis.band(sketch, band_y, BAND_H, [(0, Mode.OFFLINE), *_changes(records)])
    _marks(sketch, axis, records, mic_y, axis_y)
    _captions(sketch, axis, captions, mic_y - 40, axis_y + 34)
    axis.ticks(sketch, axis_y, axis_y + 5, TICK_MS, seconds=True)
    return sketch.document(
        height,
        "text{font:12px sans-serif;fill:#333}.title{font-size:15px;font-weight:bold}.row{text-anchor:end}"
        f".axis{{text-anchor:middle;fill:#777}}.mark{{font-size:10px}}.user{{fill:{GREEN}}}"
        f".assistant{{fill:{BLUE}}}.turn{{font-size:11px}}",
    )


def _wave(sketch: Sketch, axis: Axis, peaks: Sequence[float], y: float, colour: str) -> None:
    middle = y + WAVE_H / 2
    points = [f"M{axis.x(0):.1f} {middle:.1f}"]
    for number, peak in enumerate(peaks):
        x, half = axis.x((number + 0.5) * FRAME_MS), max(0.4, peak * WAVE_H / 2)
        points.append(f"M{x:.1f} {middle - half:.1f}V{middle + half:.1f}")
    sketch.parts.append(f'<path d="{"".join(points)}" stroke="{colour}" stroke-width="0.8" fill="none"/>')


def _changes(records: Sequence[Record]) -> Iterator[tuple[int, Mode]]:
    for record in records:
        if isinstance(record.fact, f.StateChanged) and record.audio_ms is not None:
            yield record.audio_ms, record.fact.mode


def _marks(sketch: Sketch, axis: Axis, records: Sequence[Record], top: float, bottom: float) -> None:
    """A line for each; labels of marks that stand close together go on different levels."""
    free = [0.0, 0.0, 0.0]  # where each level ends
    for record in records:
        if not isinstance(record.fact, MARKED) or record.audio_ms is None:
            continue
        x, colour, label = axis.x(record.audio_ms), MARKS[type(record.fact)].colour, _label(record.fact)
        sketch.line(x, top, bottom, colour, "2 3")
        level = next((i for i, end in enumerate(free) if end < x), len(free) - 1)
        free[level] = x + 5.4 * len(label) + 6
        sketch.text(x + 2, bottom - 4 - 11 * level, label, "mark", colour)


def _label(fact: f.Fact) -> str:
    if isinstance(fact, f.Interrupted):
        return f"interrupted at {fact.heard_ms} ms"
    return MARKS[type(fact)].said(fact)


def _captions(
    sketch: Sketch, axis: Axis, captions: Iterable[Caption], user_y: float, assistant_y: float
) -> None:
    spoken = [(it.began_ms, it) for it in captions if it.began_ms is not None and it.text]
    spoken.sort(key=lambda placed: placed[0])
    for who, y, most in (("user", user_y, 3), ("assistant", assistant_y, 5)):
        own = [(axis.x(began_ms), caption.text) for began_ms, caption in spoken if caption.who == who]
        for (x, text), following in zip_longest(own, own[1:]):
            end = following[0] - 8 if following else sketch.width
            columns = max(12, int((end - x) / 6.8))
            for number, line in enumerate(wrap(text, columns, max_lines=most, placeholder=" …")):
                sketch.text(x, y + 14 * number, line, who)
