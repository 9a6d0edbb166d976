"""The echo canceller of the agent, tried on a recording."""

from __future__ import annotations

from ..audio.echo.aec3 import Aec3, EchoUnavailable
from ..audio.levels import Samples
from ..vocabulary.sound import MIC_FRAME_BYTES, MIC_RATE_HZ, MicPcm
from .acoustics import pcm_of, samples_of


def cancelled(heard: Samples, played: Samples) -> Samples | None:
    """What is left of `heard` when it is known what was `played`; None where the canceller is not installed."""
    try:
        canceller = Aec3(MIC_RATE_HZ)
    except EchoUnavailable:
        return None
    frames = zip(_frames(heard), _frames(played), strict=True)
    return samples_of(b"".join(canceller.cancel(near, far, ()).heard for near, far in frames))


def _frames(samples: Samples) -> list[MicPcm]:
    """The whole ones."""
    pcm, size = pcm_of(samples), MIC_FRAME_BYTES
    return [pcm[at : at + size] for at in range(0, len(pcm) // size * size, size)]
