"""Rooms by image sources (pyroomacoustics): impulse responses from loudspeaker and people to one microphone.

pyroomacoustics' responses have a direct sound of 1 at 1 m (not 1 / 4 pi): sounds are given as they are at 1 m.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pyroomacoustics
from numpy.typing import NDArray

from edge_agent.vocabulary.sound import MIC_RATE_HZ

Signal: TypeAlias = NDArray[Any]
Random: TypeAlias = np.random.Generator
MOST_REFLECTIONS = (
    40  # beyond, a response takes seconds to make, and is 50 dB down in all but the smallest halls
)
LONGEST_S = 1.3


@dataclass(frozen=True, slots=True)
class Place:
    """A room, and where things stand in it. Distances from the microphone in metres."""

    size_m: tuple[float, float, float]
    t60_s: float
    speaker_m: float
    person_m: float


def near(centre: Signal, distance_m: float, size_m: Signal, random: Random, *, flat: bool) -> Signal:
    """A point so far from another, and inside the room; `flat`: on the same table."""
    for _ in range(1000):
        direction = random.standard_normal(3) * (1, 1, 0.05 if flat else 0.35)
        point = centre + direction / np.linalg.norm(direction) * distance_m
        if (point > 0.05).all() and (point < size_m - 0.05).all():
            return np.asarray(point)
    raise ValueError(f"{distance_m} m do not fit into a room of {size_m.round(1)} m")


@dataclass(frozen=True, slots=True)
class Responses:
    """Each [samples] at MIC_RATE_HZ. `moved`: the loudspeaker's, after something in the room was moved."""

    speaker: Signal
    moved: Signal
    people: tuple[Signal, ...]
    others: tuple[Signal, ...]  # from places where noise comes from


def responses(place: Place, random: Random, *, people: int = 3, moved_m: float = 0.05) -> Responses:
    size = np.array(place.size_m)
    absorption, order = pyroomacoustics.inverse_sabine(place.t60_s, size)
    room = pyroomacoustics.ShoeBox(
        size,
        fs=MIC_RATE_HZ,
        materials=pyroomacoustics.Material(min(absorption, 0.99)),
        max_order=min(order, MOST_REFLECTIONS),
    )
    microphone = np.array([*random.uniform(0.25, 0.75, 2) * size[:2], random.uniform(0.75, 1.3)])
    speaker = near(microphone, place.speaker_m, size, random, flat=True)
    step = random.standard_normal(3)
    moved = np.clip(speaker + step / np.linalg.norm(step) * moved_m * place.speaker_m, 0.03, size - 0.03)
    sources = [speaker, moved]
    sources += [near(microphone, place.person_m, size, random, flat=False) for _ in range(people)]
    sources += [random.uniform(0.1, 0.9, 3) * size for _ in range(2)]
    for source in sources:
        room.add_source(source)
    room.add_microphone(microphone)
    room.compute_rir()
    found = [np.asarray(response[: int(LONGEST_S * MIC_RATE_HZ)], np.float32) for response in room.rir[0]]
    return Responses(found[0], found[1], tuple(found[2 : 2 + people]), tuple(found[2 + people :]))
