"""Recordings of real devices: microphone and what was played, as pairs NAME_mic.wav and NAME_lpb.wav.

NAME ends with what is in it: farend_singletalk (the device alone), nearend_singletalk (a person alone), doubletalk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge_agent.vocabulary.sound import FRAME_MS, MIC_RATE_HZ

from .material import FRAME, Signal, active_level_db, read
from .scene import Scene

KINDS = {"farend_singletalk": "st", "nearend_singletalk": "nst", "doubletalk": "dt"}  # as AECMOS calls them


@dataclass(frozen=True, slots=True)
class Pair:
    name: str
    kind: str  # one of KINDS' values
    microphone: NDArray[np.float32]
    reference: NDArray[np.float32]

    @property
    def scene(self) -> Scene:
        microphone, reference = (
            np.clip(np.rint(signal * 32768), -32768, 32767).astype(np.int16)
            for signal in (self.microphone, self.reference)
        )
        return Scene(microphone, reference, np.zeros(len(microphone) // FRAME, np.int8), (), (), float("nan"))


def pairs(directory: Path) -> list[Pair]:
    """Raises FileNotFoundError if there are none."""
    found = []
    for path in sorted(directory.glob("*_mic.wav*")):
        other = path.with_name(path.name.replace("_mic.wav", "_lpb.wav"))
        kind = next((short for long, short in KINDS.items() if long in path.name), None)
        if kind is None or not other.exists():
            continue
        microphone, reference = read(path), read(other)
        length = min(len(microphone), len(reference)) // FRAME * FRAME
        found.append(Pair(path.name.split("_mic.wav")[0], kind, microphone[:length], reference[:length]))
    if not found:
        raise FileNotFoundError(
            f"{directory} has no pairs NAME_mic.wav and NAME_lpb.wav with a NAME of {', '.join(KINDS)}"
        )
    return found


AFTER_A_SEAM = 2000 // FRAME_MS  # frames in which the room of the recording does not sound on as it would


def with_words(pair: Pair, words: Sequence[Signal], ser_db: float, random: np.random.Generator) -> Scene:
    """The device alone, over and over, and words so loud against its echo; the first pass is left alone."""
    echo_db = active_level_db(pair.microphone)
    passes = int(np.ceil((len(words) * 4.0 * MIC_RATE_HZ) / len(pair.microphone))) + 2
    microphone, reference = (np.tile(signal, passes) for signal in (pair.microphone, pair.reference))
    starts, ends, at = [], [], len(pair.microphone)
    for word in words:
        if at % len(pair.microphone) + len(word) > len(pair.microphone):
            at = (at // len(pair.microphone) + 1) * len(pair.microphone)
        at = max(at, at // len(pair.microphone) * len(pair.microphone) + AFTER_A_SEAM * FRAME)
        if at + len(word) > len(microphone):
            break
        microphone[at : at + len(word)] += word * 10 ** ((echo_db + ser_db) / 20)
        starts.append(at // FRAME)
        ends.append((at + len(word)) // FRAME)
        at += len(word) + int(random.uniform(0.8, 1.5) * MIC_RATE_HZ)
    scene = replace(pair, microphone=microphone, reference=reference).scene
    return replace(scene, starts=tuple(starts), ends=tuple(ends), ser_db=ser_db)


def apart_from_seams(opened: Sequence[int], pair: Pair) -> list[int]:
    return [frame for frame in opened if frame % (len(pair.microphone) // FRAME) >= AFTER_A_SEAM]
