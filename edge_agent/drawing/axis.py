"""The axis of time that both pictures share, and the band on it that tells whose turn it was. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from ..vocabulary.frozen import frozen
from ..vocabulary.look import LOOKS, Colour
from ..vocabulary.state import Mode
from .svg import Sketch

LETTER_PX = 6.0
TICK = "#e4e4e8"
FILLS = {  # quiet enough to be written on
    Colour.DARK: "#e8e8ea",
    Colour.GREEN: "#7cc48d",
    Colour.YELLOW: "#f0c75e",
    Colour.CYAN: "#6fb3d9",
    Colour.RED: "#d98c8c",
    Colour.MAGENTA: "#c8a2cf",
}


@frozen
class Axis:
    """From `left` on, `lasts_ms` long."""

    left: float
    px_per_ms: float
    lasts_ms: int

    def x(self, ms: float) -> float:
        return self.left + ms * self.px_per_ms

    def ticks(self, sketch: Sketch, top: float, bottom: float, step_ms: int, *, seconds: bool) -> None:
        """Lines from top to bottom, and the time below each."""
        for ms in range(0, self.lasts_ms + 1, step_ms):
            sketch.line(self.x(ms), top, bottom, TICK)
            sketch.text(self.x(ms), bottom + 14, f"{ms // 1000} s" if seconds else f"{ms} ms", "axis")

    def band(self, sketch: Sketch, y: float, height: float, changes: Sequence[tuple[int, Mode]]) -> None:
        """In the colour of each mode, from when it began to the next; its name where there is room."""
        for (begin, mode), (end, _) in pairwise([*changes, (self.lasts_ms, Mode.IDLE)]):
            width = max(0.0, (end - begin) * self.px_per_ms)
            title = f"{mode}: {begin} to {end} ms"
            sketch.rect(self.x(begin), y, width, height, FILLS[LOOKS[mode].colour], title)
            if width > LETTER_PX * len(mode) + 8:
                sketch.text(self.x(begin) + 4, y + height / 2 + 4, mode, "turn")
