"""Sounds for tests."""

from __future__ import annotations

import numpy as np


def tone(rate_hz: int, ms: int, frequency_hz: float = 440, level: float = 0.3) -> bytes:
    time = np.arange(rate_hz * ms // 1000) / rate_hz
    return bytes((np.sin(2 * np.pi * frequency_hz * time) * level * 32767).astype(np.int16).tobytes())


def noise(rate_hz: int, ms: int, level: float = 0.01, seed: int = 1) -> bytes:
    random = np.random.default_rng(seed)
    return bytes((random.standard_normal(rate_hz * ms // 1000) * level * 32767).astype(np.int16).tobytes())


def click(rate_hz: int, ms: int) -> bytes:
    """Silence of `ms` with one sharp click in it."""
    samples = np.zeros(rate_hz * ms // 1000, np.int16)
    samples[len(samples) // 2 : len(samples) // 2 + 8] = 30_000
    return samples.tobytes()


def rms(pcm: bytes) -> float:
    samples = np.frombuffer(pcm, np.int16).astype(np.float64)
    return float(np.sqrt((samples**2).mean())) if len(samples) else 0.0
