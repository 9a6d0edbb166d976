"""Sound as clients send it, made into what the simulated service works with. Pure."""

from __future__ import annotations

from ..audio.convert import to_mono
from ..audio.resample import Resampler
from ..realtime.wire import Json
from ..vocabulary.sound import BYTES_PER_SAMPLE, SERVICE_RATE_HZ, ServicePcm


class Intake:
    """One for a stream of any pieces: s16le at `rate_hz`, of which the first channel is heard. What is less than a
    whole period of both rates waits for the next piece."""

    def __init__(self, rate_hz: int = SERVICE_RATE_HZ, channels: int = 1) -> None:
        self.rate_hz, self.channels = rate_hz, channels
        self._resampler = Resampler(rate_hz, SERVICE_RATE_HZ)
        samples = 1 if rate_hz == SERVICE_RATE_HZ else rate_hz // 1000
        self._whole = samples * channels * BYTES_PER_SAMPLE
        self._rest = b""

    @classmethod
    def of(cls, session: Json) -> Intake:
        """As a session says; one that does not say has a single channel at 24 kHz."""
        echo = session.get("input_audio_echo_cancellation") or {}
        return cls(session.get("input_audio_sampling_rate") or SERVICE_RATE_HZ, echo.get("channels") or 1)

    def feed(self, data: bytes) -> ServicePcm:
        data = self._rest + data
        size = len(data) // self._whole * self._whole
        self._rest = data[size:]
        return self._resampler.process(to_mono(data[:size], self.channels, 0))
