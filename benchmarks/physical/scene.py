"""A minute in a room: what the microphone hears, what was played, and where somebody speaks.

Levels are physical: a voice or an answer has so many dB SPL at 1 m, the microphone gives `sensitivity_dbfs` at 94 dB
SPL. What it gives is clipped and rounded to 16 bits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, fftconvolve, resample_poly, sosfilt

from edge_agent.vocabulary.sound import MIC_RATE_HZ

from .geometry import Place, Random, Responses
from .loudspeakers import RATE_HZ, Kind, colour
from .material import FRAME, Signal, active_level_db, frame_powers

REFERENCE_DB_SPL = 94.0
PLAIN_DB, FAINT_DB = 8.0, 3.0  # a voice over the noise: there is one; it cannot be told
Labels: TypeAlias = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Conditions:
    """Everything that a scene has but the recordings."""

    name: str
    place: Place
    kind: Kind
    drive: float
    lowest_hz: float  # of the loudspeaker
    answer_db: float  # SPL at 1 m
    voice_db: float
    noise_db: float
    sensitivity_dbfs: float
    answer_peak: float = 0.9  # of full scale, in the reference
    delay_ms: float = 20.0
    drift_ppm: float = 0.0
    moving_hz: float = 0.0  # how often something walks by
    babble: float = 0.0  # share of the noise
    knocks_a_minute: float = 0.0


@dataclass(frozen=True, slots=True)
class Scene:
    microphone: Signal  # s16
    reference: Signal  # s16
    labels: Labels  # of each frame: 1 a voice, 0 none, -1 too faint to tell
    starts: tuple[int, ...]  # of the words, in frames: their first plain one
    ends: tuple[int, ...]
    ser_db: float  # of the words over the answer, at the microphone


def fade(position: Signal, first: Signal, second: Signal) -> Signal:
    return np.asarray(first + position * (second - first))


def echo_of(reference: Signal, at: Conditions, rooms: Responses, random: Random) -> Signal:
    """At the microphone, in pascals over 94 dB SPL."""
    played = resample_poly(reference, RATE_HZ // MIC_RATE_HZ, 1)
    driven = at.kind.model(played, at.drive, random)
    sound = resample_poly(sosfilt(colour(random, at.lowest_hz), driven), 1, RATE_HZ // MIC_RATE_HZ)[
        : len(reference)
    ]
    sound = sound * 10 ** ((at.answer_db - REFERENCE_DB_SPL - active_level_db(sound)) / 20)
    echo = fftconvolve(sound, rooms.speaker)[: len(sound)]
    if at.moving_hz:
        time_s = np.arange(len(sound)) / MIC_RATE_HZ
        position = 0.5 - 0.5 * np.cos(2 * np.pi * at.moving_hz * time_s + random.uniform(0, 6.28))
        echo = fade(position, echo, fftconvolve(sound, rooms.moved)[: len(sound)])
    return late(echo, at.delay_ms, at.drift_ppm)


def late(signal: Signal, delay_ms: float, drift_ppm: float) -> Signal:
    """Between samples: cubic (Lagrange, 4 points)."""
    at = np.arange(len(signal)) * (1 + drift_ppm * 1e-6) - delay_ms * MIC_RATE_HZ / 1000
    if not drift_ppm:
        shift = round(delay_ms * MIC_RATE_HZ / 1000)
        return np.concatenate([np.zeros(shift), signal])[: len(signal)]
    whole = np.floor(at).astype(int)
    f = at - whole
    padded = np.concatenate([np.zeros(2), signal, np.zeros(3)])
    a, b, c, d = (padded[np.clip(whole + 1 + k, 0, len(padded) - 1)] for k in range(4))
    return np.asarray(
        -f * (f - 1) * (f - 2) / 6 * a
        + (f + 1) * (f - 1) * (f - 2) / 2 * b
        - (f + 1) * f * (f - 2) / 2 * c
        + (f + 1) * f * (f - 1) / 6 * d
    )


def noise_of(
    length: int, at: Conditions, rooms: Responses, words: Sequence[Signal], random: Random
) -> Signal:
    """Of the room: its air, machines, people far away, and knocks. In pascals over 94 dB SPL."""
    hum = sosfilt(
        butter(1, random.uniform(100, 1200), fs=MIC_RATE_HZ, output="sos"), random.standard_normal(length)
    )
    air = random.standard_normal(length)
    noise = hum / hum.std() + 10 ** (random.uniform(-25, -5) / 20) * air
    if at.babble:
        talk = np.zeros(length)
        for _ in range(length * 4 // MIC_RATE_HZ):
            word = words[int(random.integers(len(words)))]
            start = random.integers(length)
            talk[start : start + len(word)] += word[: length - start]
        talk = fftconvolve(talk, rooms.others[0])[:length]
        noise = noise / noise.std() + at.babble * talk / (talk.std() + 1e-9)
    noise *= 10 ** ((at.noise_db - REFERENCE_DB_SPL) / 20) / noise.std()
    for _ in range(random.poisson(at.knocks_a_minute * length / MIC_RATE_HZ / 60)):
        ms = random.uniform(2, 60)
        burst = random.standard_normal(MIC_RATE_HZ // 2) * np.exp(-np.arange(MIC_RATE_HZ // 2) / (ms * 16))
        burst = sosfilt(butter(1, random.uniform(200, 5000), fs=MIC_RATE_HZ, output="sos"), burst)
        burst = fftconvolve(burst / np.abs(burst).max(), rooms.others[1])
        start = random.integers(length)
        peak = 10 ** ((random.uniform(50, 75) - REFERENCE_DB_SPL) / 20)
        noise[start : start + len(burst)] += peak * burst[: length - start]
    return np.asarray(noise)


def make(
    at: Conditions, rooms: Responses, reference: Signal, words: Sequence[tuple[int, Signal]], babble: Sequence[Signal],
    random: Random,
) -> Scene:  # fmt: skip
    """`reference`: what is played; `words`: (at which sample, what somebody says)."""
    length = len(reference) // FRAME * FRAME
    reference = reference[:length]
    echo = echo_of(reference, at, rooms, random)
    near = np.zeros(length)
    for start, word in words:
        said = fftconvolve(word, rooms.people[int(random.integers(len(rooms.people)))])[: length - start]
        near[start : start + len(said)] += said * 10 ** ((at.voice_db - REFERENCE_DB_SPL) / 20)
    noise = noise_of(length, at, rooms, babble, random)
    heard = (near + echo + noise) * 10 ** (at.sensitivity_dbfs / 20)
    microphone = np.clip(np.rint(heard * 32768), -32768, 32767).astype(np.int16)
    over_db = 10 * np.log10(frame_powers(near) + 1e-12) + REFERENCE_DB_SPL - at.noise_db
    labels = np.where(over_db > PLAIN_DB, 1, np.where(over_db > FAINT_DB, -1, 0)).astype(np.int8)
    starts, ends = [], []
    for start, word in words:
        first, last = start // FRAME, min(len(labels), (start + len(word)) // FRAME + 1)
        plain = np.flatnonzero(labels[first:last] == 1)
        starts.append(first + (int(plain[0]) if len(plain) else 0))
        ends.append(last)
    ser_db = active_level_db(near) - active_level_db(echo) if words else float("nan")
    return Scene(
        microphone, np.rint(reference * 32767).astype(np.int16), labels, tuple(starts), tuple(ends), ser_db
    )
