"""Ramps: where a sound is cut off or set in, no sample is further from the next than in the sound itself."""

from __future__ import annotations

import numpy as np

from ..vocabulary.sound import BYTES_PER_SAMPLE, ServicePcm


def fade_in(pcm: ServicePcm) -> ServicePcm:
    """`pcm` with a linear ramp up from silence."""
    return _scaled(pcm, _ramp(pcm)[::-1])


def fade_out(pcm: ServicePcm) -> ServicePcm:
    """`pcm` with a linear ramp down to silence."""
    return _scaled(pcm, _ramp(pcm))


def continued(last: ServicePcm, coming: ServicePcm, size: int) -> ServicePcm:
    """What may follow `last` for `size` bytes: what was to come, and where that is too short, its mirror image."""
    back = np.frombuffer(last + coming, np.int16)[::-1]
    return coming[:size] + back[: max(0, size - len(coming)) // BYTES_PER_SAMPLE].tobytes()


def _ramp(pcm: ServicePcm) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    return np.linspace(1, 0, len(pcm) // BYTES_PER_SAMPLE + 1, dtype=np.float32)[1:]


def _scaled(pcm: ServicePcm, ramp: np.ndarray[tuple[int], np.dtype[np.float32]]) -> ServicePcm:
    return (np.frombuffer(pcm, np.int16) * ramp).astype(np.int16).tobytes()
