"""The formats of sound, as sessions spell them, and sound on its way to a client."""

from __future__ import annotations

from math import gcd
from typing import Any

from ..audio.resample import Resampler
from ..vocabulary.frozen import frozen
from ..vocabulary.sound import BYTES_PER_SAMPLE, SERVICE_RATE_HZ, ServicePcm
from .g711 import A_LAW, MU_LAW, Law

G711_RATE_HZ = 8000
LAWS: dict[str, Law] = {"audio/pcmu": MU_LAW, "audio/pcma": A_LAW, "g711_ulaw": MU_LAW, "g711_alaw": A_LAW}

PCM_RATES_HZ = {"pcm16_16000hz": 16000, "pcm16_8000hz": 8000}  # of Voice Live; all else is at 24 kHz


def law_of(spelled: Any) -> Law | None:
    """`spelled`: as in the session of either dialect. None: it is PCM."""
    return LAWS.get(spelled.get("type", "") if isinstance(spelled, dict) else spelled)


@frozen
class Encoded:
    data: bytes
    ms: int


class OutgoingSound:
    """A stream to the client. `spelled`: its format, as for `law_of`."""

    def __init__(self, spelled: Any) -> None:
        self._law = law_of(spelled)
        rate_hz = SERVICE_RATE_HZ
        if self._law:
            rate_hz = G711_RATE_HZ
        elif isinstance(spelled, str):
            rate_hz = PCM_RATES_HZ.get(spelled, rate_hz)
        # bytes that are a whole number of samples at both rates
        self._period = BYTES_PER_SAMPLE * SERVICE_RATE_HZ // gcd(SERVICE_RATE_HZ, rate_hz)
        self._bytes_per_ms = rate_hz // 1000 * (1 if self._law else BYTES_PER_SAMPLE)
        self._resampler = Resampler(SERVICE_RATE_HZ, rate_hz) if rate_hz != SERVICE_RATE_HZ else None

    def encode(self, pcm: ServicePcm) -> Encoded:
        data = pcm
        if self._resampler:
            data = self._resampler.process(pcm + bytes(-len(pcm) % self._period))
        if self._law:
            data = self._law.encode(data)
        return Encoded(data, len(data) // self._bytes_per_ms)
