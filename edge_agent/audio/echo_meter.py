"""How much of the speaker is left in what the device hears, and so whether a voice may break in.

Measured over segments of half a second in which the speaker sounds. A segment is `clear` if hardly a frame
stands out of the background. What stands out is an `echo` if it rises and falls with what was played; if it
does not, over two seconds, somebody else is making it. Levels are in dB over one unit of s16.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from statistics import median

import numpy as np

from .formats import FRAME_MS
from .gate import MARGIN_DB, QUIETEST_DB

SEGMENT = 500 // FRAME_MS
ECHO_TAIL = 200 // FRAME_MS  # frames after the speaker in which it may still be heard
AUDIBLE_DB = 40.0  # of the speaker: -50 dBFS
CLEAR_SHARE = 0.16  # of a segment: less than what opens the gate
WINDOW = 3000 // FRAME_MS  # for comparing the rise and fall
ENOUGH = 2000 // FRAME_MS  # of it, to tell that something has nothing to do with the speaker
LATEST = 300 // FRAME_MS  # frames between speaker and echo
ALIKE = 0.5  # correlation of two levels
STEADY_DB = 2.0  # a deviation below which there is no rise and fall
SEGMENTS = 6  # that the figures are the median of
CHANGE = 2  # segments that agree change the verdict


class EchoMeter:
    """`full_duplex`: None until it is known."""

    def __init__(self, full_duplex: bool | None = None) -> None:
        self.full_duplex = full_duplex
        self._background_db = QUIETEST_DB - MARGIN_DB
        self._since_loud = ECHO_TAIL
        self._segment: list[tuple[float, float, float]] = []
        self._window: deque[tuple[float, float]] = deque(maxlen=WINDOW)
        self._losses: deque[tuple[float, float]] = deque(maxlen=SEGMENTS)
        self._agreeing = 0  # segments in a row against the verdict

    @property
    def return_loss_db(self) -> float:
        """How much softer the microphone hears the speaker than it plays; 0: not measured yet."""
        return median(loss for loss, _ in self._losses) if self._losses else 0.0

    @property
    def erle_db(self) -> float:
        """Echo return loss enhancement: how much of what was heard is taken out; 0 where nothing was."""
        return median(erle for _, erle in self._losses) if self._losses else 0.0

    def begin(self, quiet_db: Sequence[float]) -> None:
        """The speaker begins; these are the levels of the frames before."""
        if len(quiet_db):
            self._background_db = max(float(np.quantile(quiet_db, 0.2)), QUIETEST_DB - MARGIN_DB)

    def feed(self, mic_db: float, played_db: float, residual_db: float) -> bool:
        """A frame: as it was heard, what was played, what is left. Says whether the verdict has changed."""
        self._since_loud = 0 if played_db > AUDIBLE_DB else self._since_loud + 1
        if self._since_loud > ECHO_TAIL:
            return False
        self._segment.append((mic_db, played_db, residual_db))
        self._window.append((max(played_db, AUDIBLE_DB), max(residual_db, self._background_db)))
        if len(self._segment) < SEGMENT:
            return False
        self._measure()
        return self._judge()

    def _measure(self) -> None:
        mic_db, played_db, residual_db = (_mean_db(levels) for levels in zip(*self._segment, strict=True))
        if mic_db > self._background_db + MARGIN_DB:
            self._losses.append((played_db - mic_db, mic_db - residual_db))

    def _judge(self) -> bool:
        standing_out = sum(residual > self._background_db + MARGIN_DB for _, _, residual in self._segment)
        self._segment.clear()
        if standing_out < CLEAR_SHARE * SEGMENT:
            good = True
        else:
            echo = self._follows()
            if echo is None:
                return False
            good = not echo
        self._agreeing = self._agreeing + 1 if good is not self.full_duplex else 0
        if self._agreeing < CHANGE:
            return False
        self.full_duplex, self._agreeing = good, 0
        return True

    def _follows(self) -> bool | None:
        """Whether what is heard rises and falls with what is played; None: too early to say."""
        played, heard = np.array(self._window).T
        if played.std() < STEADY_DB or heard.std() < STEADY_DB:
            return None
        pairs = ((played[: len(played) - late], heard[late:]) for late in range(LATEST))
        if max(_correlation(*pair) for pair in pairs) > ALIKE:
            return True
        return False if len(self._window) >= ENOUGH else None


def _mean_db(levels: Sequence[float]) -> float:
    return float(10 * np.log10(np.mean(10 ** (np.array(levels) / 10))))


def _correlation(a: np.ndarray, b: np.ndarray) -> float:
    a, b = a - a.mean(), b - b.mean()
    scale = np.sqrt((a @ a) * (b @ b))
    return float(a @ b / scale) if scale else 0.0
