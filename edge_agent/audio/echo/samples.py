"""Sound as numbers: full scale is 1."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...vocabulary.sound import MicPcm


def floats(pcm: bytes) -> NDArray[np.float32]:
    return np.frombuffer(pcm, np.int16) * np.float32(1 / 32768)


def pcm(samples: NDArray[np.float32]) -> MicPcm:
    """What is louder than full scale is clipped."""
    return bytes(np.rint(np.clip(samples * 32768, -32768, 32767)).astype(np.int16).tobytes())
