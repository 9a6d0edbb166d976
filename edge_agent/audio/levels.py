"""How loud sound is, in dB."""

from __future__ import annotations

from math import log10
from operator import mul
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..vocabulary.sound import FULL_SCALE_DB, SILENT_DBFS, MicPcm

Samples: TypeAlias = NDArray[np.float64]  # full scale is 1


def level(frame: MicPcm) -> float:
    """Power of a frame in dB over one unit of s16 (full scale: 90.3), from every fourth sample."""
    samples = memoryview(frame).cast("h")[::4].tolist()
    return 10 * log10(sum(map(mul, samples, samples)) / len(samples) + 1e-3)


def level_dbfs(frame: MicPcm) -> float:
    """Power of a frame in dB of full scale, from every fourth sample."""
    return level(frame) - FULL_SCALE_DB


def ac_dbfs(samples: Samples) -> float:
    """Power of a recording in dB of full scale, without its constant offset; -120 for silence."""
    return decibels(float(samples.var())) if len(samples) else SILENT_DBFS


def decibels(power: float) -> float:
    """Power as a share of full scale, in dB; -120 for 0."""
    return 10 * log10(power) if power > 1e-12 else SILENT_DBFS


def louder(pcm: MicPcm, gain_db: float) -> MicPcm:
    """What goes beyond full scale is cut off."""
    if not gain_db:
        return pcm
    samples = np.frombuffer(pcm, np.int16) * np.float32(10 ** (gain_db / 20))
    return bytes(np.clip(samples, -32768, 32767).astype(np.int16).tobytes())
