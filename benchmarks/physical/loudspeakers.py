"""What small loudspeakers make of an answer: several kinds, so that training and test need not share one.

Each takes samples at RATE_HZ (full scale 1) and a random generator, and gives samples of the same length. `drive`,
0 to 1: how hard it is driven. Models after Klippel, "Loudspeaker nonlinearities" (2006): stiffness and force factor
that fall with the excursion, coils that hit their end, limiters, rattling cases.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, lfilter, sosfilt

Signal: TypeAlias = NDArray[Any]
Random: TypeAlias = np.random.Generator
Model: TypeAlias = Callable[[Signal, float, Random], Signal]
RATE_HZ = 32_000  # twice the microphone's, so that what a bend makes above its band does not fold back


def saturating(x: Signal, drive: float, random: Random) -> Signal:
    """tanh, and a square term: it bends more outwards than inwards."""
    bend, square = 0.5 + 2.5 * drive, random.uniform(0, 0.2) * drive
    return np.asarray(np.tanh(bend * x + square * x**2) / bend)


def polynomial(x: Signal, drive: float, random: Random) -> Signal:
    second, third, fifth = random.uniform(-0.3, 0.3), random.uniform(-0.5, 0.1), random.uniform(-0.3, 0.1)
    return np.clip(x + drive * (second * x**2 + third * x**3 + fifth * x**5), -1, 1)


def clipping(x: Signal, drive: float, random: Random) -> Signal:
    """An amplifier at its rails, one of them lower."""
    rail = 1 - 0.8 * drive
    return np.clip(x, -rail * random.uniform(0.7, 1.0), rail)


def limiting(x: Signal, drive: float, random: Random) -> Signal:
    """A compressor: quick to turn down, slow to turn up; its gain changes faster than a filter can follow."""
    attack, release = (
        1 - np.exp(-1 / (RATE_HZ * s)) for s in (random.uniform(0.001, 0.008), random.uniform(0.03, 0.3))
    )
    block = 32
    peaks = np.abs(x[: len(x) // block * block].reshape(-1, block)).max(axis=1)
    threshold, slope = 0.5 - 0.42 * drive, random.uniform(0.5, 1.0)
    gains, followed = np.ones(len(peaks) + 1), 0.0
    for n, peak in enumerate(peaks.tolist()):
        followed += (peak - followed) * (1 - (1 - (attack if peak > followed else release)) ** block)
        gains[n + 1] = (threshold / followed) ** slope if followed > threshold else 1.0
    gain = np.interp(np.arange(len(x)), np.arange(len(gains)) * block, gains)
    return np.asarray(np.tanh(x * gain * (1 + drive)) / (1 + drive))


def excursion(x: Signal, drive: float, random: Random) -> Signal:
    """Force falls with the way of the cone, which the lows make: they modulate the rest."""
    resonance_hz = random.uniform(150, 500)
    b, a = butter(2, resonance_hz, fs=RATE_HZ)
    way = lfilter(b, a, x)
    way /= np.abs(way).max() + 1e-9
    return np.asarray(x * (1 - (0.15 + 0.6 * drive) * way**2 - random.uniform(-0.2, 0.2) * drive * way))


def rattling(x: Signal, drive: float, random: Random) -> Signal:
    """A loose part: noise in bursts at the same place of each strong swing."""
    bent = np.arctan((0.5 + 1.5 * drive) * x) / (0.5 + 1.5 * drive)
    b, a = butter(2, random.uniform(200, 600), fs=RATE_HZ)
    swing = lfilter(b, a, x)
    hit = np.maximum(np.abs(swing) - 0.4 * np.abs(swing).max(), 0)
    low_hz = random.uniform(800, 2500)
    buzz = sosfilt(
        butter(2, (low_hz, 3 * low_hz), "bandpass", fs=RATE_HZ, output="sos"), random.standard_normal(len(x))
    )
    return np.asarray(bent + buzz * hit * drive * random.uniform(0.2, 1.0))


def crossing(x: Signal, drive: float, random: Random) -> Signal:
    """Dead around zero: a cheap amplifier."""
    dead = 0.015 * drive * random.uniform(0.1, 1.0)
    return np.asarray(np.sign(x) * np.maximum(np.abs(x) - dead, 0))


def wandering(x: Signal, drive: float, random: Random) -> Signal:
    """The cone that sounds is on its way, by the lows, and so is the sound (Doppler); and a soft end of its way."""
    b, a = butter(2, random.uniform(200, 600), fs=RATE_HZ)
    way = lfilter(b, a, x)
    way /= np.abs(way).max() + 1e-9
    at = np.arange(len(x)) + way * (0.2 + 3 * drive) * random.uniform(0.2, 1.0)
    moved = np.interp(at, np.arange(len(x)), x)
    return np.asarray(moved - drive * random.uniform(0, 0.5) * moved**3)


def leaning(x: Signal, drive: float, random: Random) -> Signal:
    """Soft at the top, and softer on the side where the suspension gives less (algebraic, not tanh)."""
    bend = np.where(x > 0, 0.3 + 2.2 * drive, 0.3 + random.uniform(0.8, 2.0) * drive)
    return np.asarray(x / np.sqrt(1 + (bend * x) ** 2))


def chain(first: Model, second: Model, x: Signal, drive: float, random: Random) -> Signal:
    return second(first(x, drive * 0.7, random), drive * 0.7, random)


@dataclass(frozen=True, slots=True)
class Kind:
    name: str
    model: Model


TRAINING = (
    Kind("saturating", saturating),
    Kind("polynomial", polynomial),
    Kind("clipping", clipping),
    Kind("limiting", limiting),
    Kind("limiting and saturating", partial(chain, limiting, saturating)),
    Kind("buzzing", partial(chain, polynomial, rattling)),
    Kind("crossing", partial(chain, saturating, crossing)),
    Kind("wandering", wandering),
)
TEST = (
    Kind("excursion", excursion),
    Kind("leaning", leaning),
    Kind("excursion and leaning", partial(chain, excursion, leaning)),
)


def colour(random: Random, low_hz: float) -> Signal:
    """Second-order sections of a small case: nothing below `low_hz`, some resonances, less at the top."""
    sections = [butter(random.integers(1, 3), low_hz, "highpass", fs=RATE_HZ, output="sos")]
    sections.append(butter(1, random.uniform(4000, 12_000), fs=RATE_HZ, output="sos"))
    for _ in range(random.integers(1, 4)):
        centre_hz, quality, gain_db = random.uniform(300, 6000), random.uniform(0.7, 4), random.uniform(-8, 8)
        sections.append(peak(centre_hz, quality, gain_db))
    return np.concatenate(sections)


def peak(centre_hz: float, quality: float, gain_db: float) -> Signal:
    """A second-order peaking section (R. Bristow-Johnson, Audio EQ Cookbook)."""
    amplitude, w = 10 ** (gain_db / 40), 2 * np.pi * centre_hz / RATE_HZ
    alpha = np.sin(w) / (2 * quality)
    b = np.array([1 + alpha * amplitude, -2 * np.cos(w), 1 - alpha * amplitude])
    a = np.array([1 + alpha / amplitude, -2 * np.cos(w), 1 - alpha / amplitude])
    return np.asarray(np.concatenate([b, a])[None] / a[0])
