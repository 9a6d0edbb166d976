"""How much of the speaker is left in what the device hears, and so whether a voice may break in.

Measured over segments of half a second in which the speaker sounds. A segment is good if hardly a frame
stands out of the background. What stands out is an echo if all that the microphone hears rises and falls with
what was played; else somebody else is heard as well, and the segment says nothing. Levels are in dB over one
unit of s16.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ...vocabulary.sound import FRAME_MS
from ..gate import MARGIN_DB, QUIETEST_DB

SEGMENT = 500 // FRAME_MS
AGAIN = 100 // FRAME_MS  # frames after which a good one is looked at again, while the echo is not found
ECHO_TAIL = 200 // FRAME_MS  # frames after the speaker in which it may still be heard
AUDIBLE_DB = 40.0  # of the speaker: -50 dBFS
CLEAR_SHARE = 0.16  # of a segment: less than what opens the gate
WINDOW, ENOUGH = 3000 // FRAME_MS, 2000 // FRAME_MS  # for comparing the rise and fall
LATEST = 300 // FRAME_MS  # frames between speaker and echo
ALIKE = 0.85  # correlation of levels in dB: an echo alone has 0.9, with a voice as loud 0.6 (docs/echo.md)
RESTLESS_DB = 12.0  # over the background, of a room's own noise: what is louder was the end of a question
STEADY_DB = 2.0  # a deviation below which there is no rise and fall
SEGMENTS = 6  # that the figures are the median of
CHANGE = 2  # segments that make the first verdict
FOUND_DB = 4.0  # of an echo that a canceller has taken out: it has found it
CAUTION, MOST = 4, 64  # times as many good ones after every relapse
PATIENCE = 2  # times as many bad ones make the first relapse: the first words of a voice look like an echo
DECEIVED, FORGOTTEN = 2, 40  # times that the echo may break in; good segments after which that is forgotten
SHORT_WORDS = (
    1  # more of them where a detector knows the echo: what is over so soon was more likely a short word
)
TRUSTED = 120  # good ones after which a relapse is forgiven

Levels = NDArray[np.float64]


class EchoMeter:
    """`full_duplex`: None until it is known."""

    def __init__(self, full_duplex: bool | None = None, relapses: int = 0) -> None:
        self.full_duplex = full_duplex
        self._background_db = self._limit_db = QUIETEST_DB
        self._since_loud = ECHO_TAIL
        self._segment = 0  # frames of it
        self._detects = self._voiced = False  # in the segment
        self._window: deque[tuple[float, float, float]] = deque(maxlen=WINDOW)
        self._losses: deque[tuple[float, float]] = deque(maxlen=SEGMENTS)
        self._good = self._bad = 0  # segments in a row, but for those that say nothing
        self.relapses = relapses
        self._deceived = 0

    @property
    def hears_speaker(self) -> bool:
        """Something stood out of the background while the speaker sounded."""
        return bool(self._losses)

    @property
    def has_found(self) -> bool:
        """Of an echo that stood out of late, the canceller took out so much that it must know when it comes."""
        return max((erle for _, erle in self._losses), default=0.0) >= FOUND_DB

    @property
    def return_loss_db(self) -> float:
        """How much softer the microphone hears the speaker than it plays; 0: not measured yet."""
        return _median([loss for loss, _ in self._losses])

    @property
    def erle_db(self) -> float:
        """Echo return loss enhancement: how much of what was heard is taken out; 0 where nothing was."""
        return _median([erle for _, erle in self._losses])

    def begin(self, quiet_db: Sequence[float]) -> None:
        """The speaker begins; these are the levels of some frames before."""
        ordered = sorted(quiet_db)  # np.quantile would import numpy.ma here, between two frames of the sound
        self._background_db = ordered[len(ordered) // 5]
        upper_db = min(ordered[len(ordered) * 4 // 5], self._background_db + RESTLESS_DB)
        self._limit_db = max(self._background_db + MARGIN_DB, upper_db, QUIETEST_DB)

    def feed(
        self,
        mic_db: float,
        played_db: float,
        residual_db: float,
        voice: bool | None = None,
        *,
        arrived: bool = True,
    ) -> bool:
        """A frame: as it was heard, what was played, what is left. Says whether the verdict has changed.

        `voice`: what a detector that knows the echo said of it. Then that counts: an echo that it does not take for
        a voice may be as loud as it is. `arrived`: an echo would be heard by now, however late.
        """
        self._since_loud = 0 if played_db > AUDIBLE_DB else self._since_loud + 1
        if self._since_loud > ECHO_TAIL:
            return False
        self._window.append((mic_db, played_db, residual_db))
        self._detects = voice is not None
        self._voiced = self._voiced or bool(voice)
        self._segment += 1
        if self._segment < SEGMENT:
            return False
        self._segment = 0
        good = self._judge(np.array(self._window).T)
        self._voiced = False
        if good and not arrived and not self.has_found:
            self._segment = SEGMENT - AGAIN
            return False
        if good is None:
            return False
        self._good, self._bad = (self._good + 1, 0) if good else (0, self._bad + 1)
        if self._good >= FORGOTTEN:
            self._deceived = 0
        if self._good >= TRUSTED:
            self.relapses = 0
        patience = PATIENCE if self.full_duplex and not self.relapses else 1
        # an echo that is taken out, and in which the detector hears nothing, needs no second look
        proof = 1 if self._detects and self.has_found and not self.relapses else CHANGE
        if good and self._good >= min(MOST, proof * CAUTION**self.relapses):
            return self._decide(True)
        return self._bad >= CHANGE * patience and self._decide(False)

    def doubt(self) -> None:
        """What was found out holds no longer."""
        self.full_duplex = None
        self._good = self._bad = 0

    def broke_in(self, *, echo: bool) -> bool:
        """Somebody, or the echo. Says whether the verdict has changed."""
        self._deceived = self._deceived + 1 if echo else 0
        if not echo:
            self._bad = 0
        most = (1 if self.relapses else DECEIVED) + SHORT_WORDS * self._detects
        return self._deceived >= most and self._decide(False)

    def _decide(self, good: bool) -> bool:
        if good is self.full_duplex:
            return False
        if self.full_duplex:
            self.relapses += 1
        self.full_duplex = good
        self._good = self._bad = self._deceived = 0
        return True

    def _judge(self, levels: Levels) -> bool | None:
        """Whether the last segment is good; None: it says nothing."""
        if self._detects:
            good = not self._voiced
        else:
            good = bool((levels[2, -SEGMENT:] > self._limit_db).sum() < CLEAR_SHARE * SEGMENT)
        if not good:
            mic_db, played_db, _ = np.maximum(levels, self._background_db)
            if len(mic_db) < ENOUGH or _alike(played_db, mic_db) < ALIKE:
                return None
        mic_db, played_db, residual_db = (_power_db(segment) for segment in levels[:, -SEGMENT:])
        if mic_db > self._limit_db:
            self._losses.append((played_db - mic_db, mic_db - residual_db))
        return good


def _median(of: list[float]) -> float:
    """0 of nothing. Python's own brings fractions and decimals, which takes long."""
    ordered = sorted(of)
    middle = len(ordered) // 2
    return (ordered[middle] + ordered[~middle]) / 2 if ordered else 0.0


def _power_db(levels: Levels) -> float:
    return float(10 * np.log10(np.mean(10 ** (levels / 10))))


def _alike(played: Levels, heard: Levels) -> float:
    """The greatest correlation, at any delay that an echo may have."""
    if played.std() < STEADY_DB or heard.std() < STEADY_DB:
        return 0.0
    pairs = ((played[: len(played) - late], heard[late:]) for late in range(LATEST))
    return max(_correlation(early, late) for early, late in pairs)


def _correlation(one: Levels, other: Levels) -> float:
    """As np.corrcoef, in a tenth of the time."""
    one, other = one - one.mean(), other - other.mean()
    power = (one @ one) * (other @ other)
    return float(one @ other / np.sqrt(power)) if power > 0 else 0.0  # without any change nothing is like it
