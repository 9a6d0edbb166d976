"""The formats of sound, as sessions spell them, and sound on its way to a client."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..audio.resample import Resampler
from ..vocabulary.sound import SERVICE_BYTES_PER_MS, SERVICE_RATE_HZ, ServicePcm
from .g711 import A_LAW, MU_LAW, Law

G711_RATE_HZ = 8000
LAWS: dict[str, Law] = {"audio/pcmu": MU_LAW, "audio/pcma": A_LAW, "g711_ulaw": MU_LAW, "g711_alaw": A_LAW}


def law_of(spelled: Any) -> Law | None:
    """`spelled`: as in the session of either dialect. None: it is PCM."""
    return LAWS.get(spelled.get("type", "") if isinstance(spelled, dict) else spelled)


@dataclass(frozen=True, slots=True)
class Encoded:
    data: bytes
    ms: int


class OutgoingSound:
    """A stream to the client."""

    def __init__(self, law: Law | None) -> None:
        self._law = law
        self._resampler = Resampler(SERVICE_RATE_HZ, G711_RATE_HZ)

    def encode(self, pcm: ServicePcm) -> Encoded:
        if self._law is None:
            return Encoded(pcm, len(pcm) // SERVICE_BYTES_PER_MS)
        whole = pcm + bytes(-len(pcm) % (2 * SERVICE_RATE_HZ // G711_RATE_HZ))
        data = self._law.encode(self._resampler.process(whole))
        return Encoded(data, len(data) // (G711_RATE_HZ // 1000))
