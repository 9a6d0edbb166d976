"""The agent's own canceller: a linear filter takes the echo out, a small network says whether somebody speaks over it.

What a suppressor does to a voice under an echo, no detector of voices forgives; what a linear filter leaves of the
echo, it takes for a voice. So the network judges the residual with the echo that was taken out beside it, and what is
sent is the residual with a mild suppressor, which a recogniser understands best (docs/echo.md).
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from ...vocabulary.sound import FRAME_MS, MIC_RATE_HZ, SERVICE_RATE_HZ, MicPcm, ServicePcm
from ..resample import Resampler
from .canceller import QUIET, Cleaned, HeardAndPlayed, crossfade
from .linear.detector import Detector, Weights
from .linear.linear_canceller import LinearCanceller, LinearFrames
from .samples import floats, pcm

SUSPECTED = 0.25  # of the sum that makes a voice


class LinearEcho:
    """`memory`: `layout.size()` bytes that outlive this object, with what is known of the room."""

    reach = 160 // FRAME_MS  # the rest of what the filter covers is for the room

    def __init__(
        self, weights: Weights, memory: memoryview | None = None, *, played_rate_hz: int = SERVICE_RATE_HZ
    ) -> None:
        self._canceller = LinearCanceller(memory=memory)
        self._detector = Detector(weights)
        self._suspicious = SUSPECTED * weights.limit
        self._to_mic = Resampler(played_rate_hz, MIC_RATE_HZ)
        self._silence: ServicePcm = bytes(played_rate_hz * FRAME_MS // 1000 * 2)
        self._last = QUIET
        self._awake = False
        self.played = np.zeros(0, np.float32)  # in the last frames that were cancelled, full scale 1

    @property
    def logit(self) -> float:
        """Of the last frame: how likely somebody speaks over what was played."""
        return self._detector.logit

    def cancel(self, mic: MicPcm, played: ServicePcm, before: Collection[HeardAndPlayed]) -> Cleaned:
        late = self._delayed(mic)
        if self._awake:
            return self._process(mic, played)
        self.catch_up(before or [(QUIET, self._silence)])
        cleaned = self._process(mic, played)
        return cleaned._replace(sent=crossfade(late, cleaned.sent))

    def catch_up(self, before: Collection[HeardAndPlayed]) -> list[MicPcm]:
        self._awake = True
        self._canceller.rest()
        self._to_mic.reset()
        self._detector.reset()
        mics, played = zip(*before, strict=True)
        frames = self._cancel(b"".join(mics), b"".join(played))
        self._detector.voices(frames.features)
        sent = pcm(frames.uplink)
        return [sent[at : at + len(QUIET)] for at in range(0, len(sent), len(QUIET))]

    def rest(self, mic: MicPcm) -> Cleaned:
        late = self._delayed(mic)
        if not self._awake:
            return Cleaned(mic, late)
        cleaned = self._process(mic, self._silence)
        self._awake = False
        return Cleaned(mic, crossfade(cleaned.sent, late))

    def forget(self) -> None:
        self._last = QUIET
        self._awake = False

    def believe(self) -> None:
        """Somebody else has heard the voice that is suspected."""
        self._detector.sum = 0.0

    def relearn(self) -> None:
        self._canceller.reset()
        self._detector.reset()

    def _delayed(self, mic: MicPcm) -> MicPcm:
        late, self._last = self._last, mic
        return late

    def _process(self, mic: MicPcm, played: ServicePcm) -> Cleaned:
        frames = self._cancel(mic, played)
        (voice,) = self._detector.voices(frames.features)
        return Cleaned(
            pcm(frames.residual), pcm(frames.uplink), voice, voice or self._detector.sum >= self._suspicious
        )

    def _cancel(self, mic: MicPcm, played: ServicePcm) -> LinearFrames:
        self.played = floats(self._to_mic.process(played))
        return self._canceller.process(floats(mic), self.played, uplink=True)
