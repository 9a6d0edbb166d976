"""The voice gate: says when a voice begins and ends. Its clock is the sound itself: it counts frames.

A frame counts as voiced when the detector says so (webrtcvad, GMM based: WebRTC common_audio/vad) and it
stands out of the noise floor, which follows the quietest of what is heard. Both counters leak, so that a
click does not open the gate and a pause between words does not close it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import Enum
from math import log10
from operator import mul

from .formats import FRAME_MS, MIC_RATE_HZ, MicPcm

MARGIN_DB = 6.0  # how far a voice stands out of the noise floor
QUIETEST_DB = 22.0  # above one unit of s16: about -68 dBFS
FALL, RISE_DB, RISE_OPEN_DB = 0.2, 0.06, 0.006  # of the floor, a frame: quick to fall, slow to rise


class Edge(Enum):
    OPENED = "opened"
    CLOSED = "closed"


class NoiseFloor:
    """Tells whether a frame stands out of the background, in dB over one unit of s16."""

    def __init__(self) -> None:
        self._floor_db: float | None = None

    def exceeded_by(self, frame: MicPcm, *, voice_on: bool) -> bool:
        level_db = level(frame)
        if self._floor_db is None:
            self._floor_db = level_db
        above = level_db - self._floor_db
        if above < 0:
            self._floor_db += FALL * above
        else:
            self._floor_db += min(above, RISE_OPEN_DB if voice_on else RISE_DB)
        return above > MARGIN_DB and level_db > QUIETEST_DB

    def restart(self, frames: Iterable[MicPcm]) -> None:
        """The background is the quietest of these, whatever it was before."""
        self._floor_db = min(map(level, frames), default=self._floor_db)


class Gate:
    """Opens on a voice of `start_ms`, closes `hangover_ms` after its end."""

    def __init__(self, is_speech: Callable[[MicPcm], bool], *, start_ms: int, hangover_ms: int) -> None:
        self._is_speech = is_speech
        self._floor = NoiseFloor()
        self._start = max(1, start_ms // FRAME_MS)
        self._hangover = max(1, hangover_ms // FRAME_MS)
        self.reset()

    def reset(self) -> None:
        """Closed, as if nothing had been heard; the noise floor stays."""
        self.is_open = False
        self.voiced = False  # the last frame
        self._voiced_run = self._quiet_run = 0

    def restart(self, before: Iterable[MicPcm]) -> None:
        """Closed; it was not fed for a while, and these are the frames just before now."""
        self._floor.restart(before)
        self.reset()

    def feed(self, frame: MicPcm) -> Edge | None:
        """Takes 20 ms at 16 kHz; says whether the gate has just opened or closed."""
        stands_out = self._floor.exceeded_by(frame, voice_on=self.is_open)
        self.voiced = stands_out and self._is_speech(frame)
        if self.is_open:
            self._quiet_run = max(0, self._quiet_run - 3) if self.voiced else self._quiet_run + 1
            if self._quiet_run >= self._hangover:
                self.reset()
                return Edge.CLOSED
            return None
        self._voiced_run = self._voiced_run + 1 if self.voiced else max(0, self._voiced_run - 1)
        if self._voiced_run >= self._start:
            self.reset()
            self.is_open = self.voiced = True
            return Edge.OPENED
        return None


def level(frame: MicPcm) -> float:
    """Power of a frame in dB over one unit of s16 (full scale: 90.3), from every fourth sample."""
    samples = memoryview(frame).cast("h")[::4].tolist()
    return 10 * log10(sum(map(mul, samples, samples)) / len(samples) + 1e-3)


def webrtc_detector(aggressiveness: int) -> Callable[[MicPcm], bool]:
    """webrtcvad at 16 kHz; `aggressiveness` 0 (takes much for speech) to 3 (little)."""
    import webrtcvad

    vad = webrtcvad.Vad(aggressiveness)
    return lambda frame: bool(vad.is_speech(frame, MIC_RATE_HZ))
