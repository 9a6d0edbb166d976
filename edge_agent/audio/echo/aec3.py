"""The canceller of WebRTC, AEC3 (pywebrtc-audio, imported only when used).

Its output is a high-passed microphone, LAG_SAMPLES late. The reference has to be there before its echo, by LEAD_MS at
least: closer, AEC3 loses its way after some seconds (docs/echo.md).
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np

from ...vocabulary.sound import (
    BYTES_PER_SAMPLE,
    FRAME_MS,
    MIC_RATE_HZ,
    SERVICE_RATE_HZ,
    MicPcm,
    ServicePcm,
)
from ..resample import Resampler
from .canceller import QUIET, Cleaned, HeardAndPlayed, crossfade

LAG_SAMPLES = 128
LAG = LAG_SAMPLES * BYTES_PER_SAMPLE


class EchoUnavailable(Exception):
    """No canceller is installed; the message says what to do."""


class Aec3:
    reach = 300 // FRAME_MS  # it finds the delay by itself

    def __init__(self, played_rate_hz: int = SERVICE_RATE_HZ) -> None:
        """Raises EchoUnavailable."""
        try:
            from pywebrtc_audio import EchoCanceller
        except ImportError as error:
            raise EchoUnavailable(f'echo = "aec3" needs pywebrtc-audio ({error})') from None
        self._canceller: Any = EchoCanceller(sample_rate=MIC_RATE_HZ)
        self._to_mic = Resampler(played_rate_hz, MIC_RATE_HZ)
        self._silence: ServicePcm = bytes(played_rate_hz * FRAME_MS // 1000 * BYTES_PER_SAMPLE)
        self._late = bytes(LAG)  # the end of the last frame
        self._awake = False

    def cancel(self, mic: MicPcm, played: ServicePcm, before: Collection[HeardAndPlayed]) -> Cleaned:
        late = self._delayed(mic)
        if self._awake:
            return _same(self._process(mic, played))
        self.catch_up(before or [(QUIET, self._silence)])  # else the end of what it heard last would come out
        return _same(crossfade(late, self._process(mic, played)))

    def catch_up(self, before: Collection[HeardAndPlayed]) -> list[MicPcm]:
        self._awake = True
        self._to_mic.reset()
        return [self._process(mic, played) for mic, played in before]

    def rest(self, mic: MicPcm) -> Cleaned:
        late = self._delayed(mic)
        if not self._awake:
            return _same(late)
        self._awake = False
        return _same(crossfade(self._process(mic, self._silence), late))

    def forget(self) -> None:
        self._late = bytes(LAG)
        self._awake = False

    def relearn(self) -> None:
        """It finds the new delay by itself."""

    def _delayed(self, mic: MicPcm) -> MicPcm:
        late = self._late + mic[:-LAG]
        self._late = mic[-LAG:]
        return late

    def _process(self, mic: MicPcm, played: ServicePcm) -> MicPcm:
        near, far = np.frombuffer(mic, np.int16), np.frombuffer(self._to_mic.process(played), np.int16)
        return bytes(self._canceller.process(near, far).tobytes())


def _same(clean: MicPcm) -> Cleaned:
    return Cleaned(clean, clean)
