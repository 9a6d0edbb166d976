"""Recordings in memory, by what they are used for: words of people, and answers of one voice each."""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import soundfile
from numpy.typing import NDArray
from scipy.signal import resample_poly

from edge_agent.vocabulary.sound import FRAME_MS, MIC_RATE_HZ

from .sources import SOURCES, SPOKEN, TRAINING_LICENCES, Use

Signal: TypeAlias = NDArray[Any]
FRAME = MIC_RATE_HZ * FRAME_MS // 1000
LONGEST_PAUSE_MS = 400
SHORTEST_ANSWER_S = 60.0  # in all: a voice with less says little
LONGEST_WORD_S = 4.0


@dataclass(frozen=True, slots=True)
class Voice:
    name: str
    clips: tuple[Signal, ...]  # at MIC_RATE_HZ, level of speech 0 dB of full scale

    @property
    def seconds(self) -> float:
        return sum(len(clip) for clip in self.clips) / MIC_RATE_HZ


@dataclass(frozen=True, slots=True)
class Material:
    words: tuple[tuple[str, Signal], ...]  # (of which corpus, at MIC_RATE_HZ and a level of 0 dB)
    voices: tuple[Voice, ...]


def frame_powers(signal: Signal) -> Signal:
    return np.asarray((signal[: len(signal) // FRAME * FRAME].reshape(-1, FRAME) ** 2).mean(axis=1))


def active_level_db(signal: Signal) -> float:
    """Of its frames that are within 30 dB of the loudest."""
    powers = frame_powers(signal)
    return float(10 * np.log10(powers[powers > powers.max() * 1e-3].mean()))


def cut(signal: Signal, longest_pause_ms: int) -> Signal | None:
    """Without the silence at both ends, with short pauses, at a level of 0 dB; None if there is no voice."""
    powers = frame_powers(signal)
    if len(powers) < 10 or powers.max() < 1e-7:
        return None
    sounding = powers > max(powers.max() * 10**-3.5, 1.5 * float(np.quantile(powers, 0.05)))
    if sounding.sum() < 8:
        return None
    first, last = np.flatnonzero(sounding)[[0, -1]]
    kept, pause = np.zeros(len(powers), bool), 0
    for n in range(max(0, first - 2), min(len(powers), last + 5)):
        pause = 0 if sounding[n] else pause + 1
        kept[n] = pause <= longest_pause_ms // FRAME_MS
    frames = signal[: len(powers) * FRAME].reshape(-1, FRAME)[kept].ravel()
    return np.asarray(frames * 10 ** (-active_level_db(frames) / 20), np.float32)


def read(path: Path) -> Signal:
    samples, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    mono = samples.mean(axis=1)
    if rate_hz == MIC_RATE_HZ:
        return np.asarray(mono)
    common = np.gcd(rate_hz, MIC_RATE_HZ)
    return np.asarray(resample_poly(mono, MIC_RATE_HZ // common, rate_hz // common), np.float32)


def clips(folder: Path, longest_pause_ms: int) -> list[Signal]:
    found = (cut(read(path), longest_pause_ms) for path in sorted(folder.glob("*.wav")))
    return [clip for clip in found if clip is not None]


def load(directory: Path, use: Use) -> Material:
    """What `fetch` and `voices` have put into a folder. Raises FileNotFoundError, with what to run."""
    words: list[tuple[str, Signal]] = []
    voices: list[Voice] = []
    for source in SOURCES:
        if source.use != use or source.role not in ("near", "answer"):
            continue
        assert use == "test" or source.licence.startswith(TRAINING_LICENCES)
        folder = directory / source.role / source.folder
        if not folder.is_dir():
            raise FileNotFoundError(
                f"{folder} is missing: run python -m benchmarks.physical.fetch {directory}"
            )
        if source.role == "near":
            longest = int(LONGEST_WORD_S * MIC_RATE_HZ)
            words += [(source.folder, clip[:longest]) for clip in clips(folder, 1000)]
        else:
            voices.append(Voice(source.folder, tuple(clips(folder, LONGEST_PAUSE_MS))))
    for pattern, used_for, _ in SPOKEN:
        if used_for == use:
            answers = directory / "answers"
            found = [path for path in answers.glob("*") if fnmatch.fnmatch(path.name, pattern)]
            if not found:
                program = f"python -m benchmarks.physical.voices {answers}"
                raise FileNotFoundError(f"{answers}/{pattern} is missing: run {program}")
            voices += [Voice(path.name, tuple(clips(path, LONGEST_PAUSE_MS))) for path in sorted(found)]
    return Material(tuple(words), tuple(voice for voice in voices if voice.seconds > SHORTEST_ANSWER_S))
