"""The echo canceller of the agent, tried on a recording, with the alignment that the agent would have."""

from __future__ import annotations

import numpy as np

from ..audio.build import trained
from ..audio.echo.aec3 import Aec3, EchoUnavailable
from ..audio.echo.canceller import Canceller, Reference
from ..audio.echo.linear_echo import LinearEcho
from ..audio.levels import Samples
from ..config.model import Echo
from ..vocabulary.frozen import frozen
from ..vocabulary.sound import MIC_FRAME_BYTES, MIC_RATE_HZ, MicPcm
from .acoustics import pcm_of, samples_of


@frozen
class Cancelled:
    left: Samples  # of what was heard
    taken_for_voice: list[bool]  # each frame


def cancelled(mode: Echo, heard: Samples, played: Samples, latency_ms: int) -> Cancelled | None:
    """What is left of `heard` when it is known what was `played`, frame for frame; None where the canceller is not
    installed. `latency_ms`: that the speaker is known to hold back."""
    canceller: Canceller
    try:
        canceller = Aec3(MIC_RATE_HZ) if mode == "aec3" else LinearEcho(trained(), played_rate_hz=MIC_RATE_HZ)
    except EchoUnavailable:
        return None
    late = Reference(latency_ms).frames * MIC_FRAME_BYTES // 2
    reference = np.concatenate([np.zeros(late), played])[: len(played)]
    frames = zip(_frames(heard), _frames(reference), strict=True)
    cleaned = [canceller.cancel(near, far, ()) for near, far in frames]
    return Cancelled(
        samples_of(b"".join(each.heard for each in cleaned)), [bool(each.voice) for each in cleaned]
    )


def _frames(samples: Samples) -> list[MicPcm]:
    """The whole ones."""
    pcm, size = pcm_of(samples), MIC_FRAME_BYTES
    return [pcm[at : at + size] for at in range(0, len(pcm) // size * size, size)]
