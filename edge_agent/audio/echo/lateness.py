"""How much later than it says a speaker is: Bluetooth and sound servers hold back half a second that nobody reports.

The levels of what was played and of what is heard rise and fall together; the shift at which they do so best is the
delay between them, to a frame.
"""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from ...vocabulary.sound import FRAME_MS
from .canceller import LATEST

EARLIEST = -200 // FRAME_MS
COMPARED = 2400 // FRAME_MS  # frames of the microphone
EVERY = 500 // FRAME_MS
ALIKE = 0.7  # correlation of levels in dB: an echo alone has 0.9, other sound less than 0.5 (docs/echo.md)
CLEARLY = 0.1  # more than at any delay that is not next to it
NEXT_TO = 5  # frames: a room smears
AUDIBLE_DB = 40.0  # over one unit of s16, of what was played
SOUNDED = 0.5  # of what is compared, at least, was audible
STEADY_DB = 2.0
AGREE = 2  # findings in a row, to within a frame
ENOUGH = 10  # comparisons: what is not found then is not to be heard

LevelCurve = NDArray[np.float64]


class Lateness:
    """`frames`: by how many the echo is later than what it is fed with; negative: earlier; None: not known yet."""

    def __init__(self) -> None:
        self.frames: int | None = None
        self._compared = 0
        self.restart()

    @property
    def settled(self) -> bool:
        """It is known, or there is no echo to be heard."""
        return self.frames is not None or self._compared >= ENOUGH

    def restart(self) -> None:
        """What it was fed with came at another delay."""
        span = COMPARED + LATEST - EARLIEST
        self._heard: deque[float] = deque(maxlen=span)
        self._played: deque[float] = deque(maxlen=span)
        self._since = 0
        self._found: deque[int] = deque(maxlen=AGREE)

    def feed(self, mic_db: float, played_db: float) -> None:
        """A frame, in dB over one unit of s16."""
        self._heard.append(mic_db)
        self._played.append(played_db)
        self._since += 1
        if self._since < EVERY or len(self._heard) < (self._heard.maxlen or 0):
            return
        self._since = 0
        found = _shift(np.array(self._heard), np.array(self._played))
        self._compared += 1
        if found is None:
            return
        self._found.append(found)
        if len(self._found) == AGREE and max(self._found) - min(self._found) <= 1:
            self.frames = found


def _shift(heard: LevelCurve, played: LevelCurve) -> int | None:
    """By how many frames `heard` is later than `played`; None where that cannot be told."""
    at = LATEST
    mic = heard[at : at + COMPARED]
    if mic.std() < STEADY_DB:
        return None
    windows = np.lib.stride_tricks.sliding_window_view(played, COMPARED)
    if (windows[at] > AUDIBLE_DB).mean() < SOUNDED:
        return None
    mic = mic - mic.mean()
    windows = windows - windows.mean(axis=1, keepdims=True)
    power = np.sqrt((windows**2).sum(axis=1) * (mic @ mic)) + 1e-9
    alike = (windows @ mic) / power
    best = int(alike.argmax())
    others = np.delete(alike, range(max(0, best - NEXT_TO), min(len(alike), best + NEXT_TO + 1)))
    if alike[best] < ALIKE or alike[best] < others.max() + CLEARLY:
        return None
    return at - best


def told_late(late_ms: int) -> str:
    """For a technician."""
    how = "later" if late_ms > 0 else "earlier"
    return (
        f"the speaker sounds {abs(late_ms)} ms {how} than the system says; it is waited for."
        " To have that known from the start, add it to audio.speaker_delay_ms"
    )
