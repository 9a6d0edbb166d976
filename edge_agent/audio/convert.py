"""Converts sound to another rate or to one channel: frames of the live path and whole recordings."""

from __future__ import annotations

from math import gcd

import numpy as np

from ..vocabulary.sound import SERVICE_RATE_HZ
from .resample import Resampler

LOWEST_HZ, HIGHEST_HZ = 1000, 384_000
LONGEST_PERIOD = 1000  # samples after which two rates are in step again: it sets the filter's size


class UnusualRate(ValueError):
    """A rate that cannot be converted; the message says what to do."""

    def __init__(self, rate_hz: int) -> None:
        super().__init__(
            f"a sample rate of {rate_hz} Hz, which is not supported; convert it to 16000, 24000 or 48000 Hz"
        )


def check_rate(rate_hz: int, to_hz: int = SERVICE_RATE_HZ) -> None:
    """Raises UnusualRate if the conversion would need an unreasonably large filter."""
    if not LOWEST_HZ <= rate_hz <= HIGHEST_HZ or rate_hz // gcd(rate_hz, to_hz) > LONGEST_PERIOD:
        raise UnusualRate(rate_hz)


def to_mono(pcm: bytes, channels: int, channel: int | None = None) -> bytes:
    """One channel of interleaved s16le, or the mean of all."""
    if channels == 1:
        return pcm
    samples = np.frombuffer(pcm, np.int16).reshape(-1, channels)
    if channel is not None:
        return bytes(samples[:, channel].tobytes())
    return bytes(samples.mean(axis=1).astype(np.int16).tobytes())


def convert(mono: bytes, rate_hz: int, to_hz: int = SERVICE_RATE_HZ) -> bytes:
    """A whole mono recording at another rate, padded with silence to a full 20 ms. Raises UnusualRate."""
    check_rate(rate_hz, to_hz)
    period = rate_hz // gcd(rate_hz, to_hz)
    mono += bytes(-len(mono) % (2 * period))
    pcm = Resampler(rate_hz, to_hz).process(mono)
    return pcm + bytes(-len(pcm) % (to_hz // 50 * 2))
