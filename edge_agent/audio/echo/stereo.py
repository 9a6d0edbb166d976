"""Two channels for a service that takes the echo out itself: the microphone, and what the speaker played. Pure."""

from __future__ import annotations

import numpy as np

from ...vocabulary.sound import MIC_RATE_HZ, SERVICE_RATE_HZ, MicPcm, ServicePcm, UplinkPcm
from ..resample import Resampler


class Stereo:
    """One for a stream of frames."""

    def __init__(self) -> None:
        self._to_mic = Resampler(SERVICE_RATE_HZ, MIC_RATE_HZ)

    def beside(self, mic: MicPcm, played: ServicePcm) -> UplinkPcm:
        """The next frame: samples of both in turn, the microphone's first."""
        both = (np.frombuffer(mic, np.int16), np.frombuffer(self._to_mic.process(played), np.int16))
        return np.column_stack(both).tobytes()
