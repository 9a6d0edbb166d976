"""The echo canceller, tried on a recording."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..audio.formats import FRAME_MS, MIC_RATE_HZ
from .acoustics import Samples

FRAME = MIC_RATE_HZ * FRAME_MS // 1000


def cancelled(heard: Samples, played: Samples) -> Samples | None:
    """What AEC3 leaves of `heard` when it knows what was `played`; None where it is not installed."""
    try:
        from pywebrtc_audio import AudioProcessor
    except ImportError:
        return None
    canceller = AudioProcessor(sample_rate=MIC_RATE_HZ, echo_cancellation=True)
    left = [canceller.process(near, far) for near, far in zip(_frames(heard), _frames(played), strict=True)]
    return np.concatenate(left).astype(np.float64) / 32_768


def _frames(samples: Samples) -> list[Any]:
    whole = np.rint(samples * 32_768).astype(np.int16)
    return list(whole[: len(whole) // FRAME * FRAME].reshape(-1, FRAME))
