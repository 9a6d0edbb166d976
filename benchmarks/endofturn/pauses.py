"""Where people pause in recordings, as the product's gate hears it.

Each recording is one utterance: a pause inside it is a pause, and its end is the end. Before and after it is the noise
of a quiet room. The gate is never let close, so that all ways of waiting are tried on the same decisions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from edge_agent.audio.convert import to_mono
from edge_agent.audio.gate import Edge, Gate, webrtc_detector
from edge_agent.audio.resample import Resampler
from edge_agent.audio.silero import Silero
from edge_agent.audio.wav import read_wav
from edge_agent.vocabulary.sound import FRAME_MS, MIC_FRAME_BYTES, MIC_RATE_HZ

BEFORE_S, AFTER_S = 1.0, 2.0
ROOM = 10 ** (-70 / 20)  # of full scale
VOICE_DBFS = -26.0
WORD_DB = 30.0  # under the loudest: what is softer is not part of a word
BLOCK = MIC_RATE_HZ // 100
LATE_MS = 150  # after the last word: what pauses then has ended
NEVER_MS = 100_000
NAMELESS = ("commands", "game")  # corpora that do not say who speaks: each recording is a visitor


@dataclass(frozen=True, slots=True)
class Utterance:
    """`voiced`, `suspected`: by the gate, of each frame from the one that opened it. `end_ms`: of the last word, from
    there."""

    speaker: str
    frames: tuple[bytes, ...]
    voiced: tuple[bool, ...]
    suspected: tuple[bool, ...]
    end_ms: float

    @property
    def is_held_out(self) -> bool:
        """The constants of `patience` were chosen on the other half of the speakers."""
        return crc32(self.speaker.encode()) % 2 == 1


def of_folder(folder: Path, most: int) -> Iterator[Utterance]:
    """`most` of its recordings, spread over all of them; a speaker is what is ahead of the first `-` in a name."""
    paths = sorted(folder.rglob("*.wav"))
    silero = Silero()
    random = np.random.default_rng(16)
    for path in paths[:: max(1, len(paths) // most)]:
        pcm, rate_hz, channels = read_wav(path)
        heard = Resampler(rate_hz, MIC_RATE_HZ).process(to_mono(pcm, channels))
        found = heard_by_gate(np.frombuffer(heard, np.int16) / 32768, silero, random)
        speaker = path.name if folder.name in NAMELESS else path.name.partition("-")[0]
        if found:
            yield Utterance(f"{folder.name}/{speaker}", *found)


def heard_by_gate(
    sound: NDArray[np.float64], silero: Silero, random: np.random.Generator
) -> tuple[tuple[bytes, ...], tuple[bool, ...], tuple[bool, ...], float] | None:
    """None: it was not heard at all."""
    blocks = sound[: len(sound) // BLOCK * BLOCK].reshape(-1, BLOCK)
    levels = 10 * np.log10((blocks**2).mean(axis=1) + 1e-12)
    if len(levels) < 40 or levels.max() < -60:
        return None
    gain_db = VOICE_DBFS - float(np.quantile(levels, 0.9))
    sound, levels = sound * 10 ** (gain_db / 20), levels + gain_db
    last_ms = (int(np.flatnonzero(levels > levels.max() - WORD_DB)[-1]) + 1) * 10 + BEFORE_S * 1000
    floor = max(ROOM, 10 ** (min(-50.0, float(np.quantile(levels, 0.05))) / 20))
    before, after = int(BEFORE_S * MIC_RATE_HZ), int(AFTER_S * MIC_RATE_HZ)
    around = np.concatenate([random.normal(0, floor, before), sound, random.normal(0, floor, after)])
    pcm = ((around + random.normal(0, ROOM, len(around))).clip(-1, 1) * 32767).astype(np.int16).tobytes()
    frames = tuple(
        pcm[at : at + MIC_FRAME_BYTES] for at in range(0, len(pcm) - MIC_FRAME_BYTES + 1, MIC_FRAME_BYTES)
    )
    gate = Gate(webrtc_detector(3), silero, start_ms=80, hangover_ms=NEVER_MS)
    voiced, suspected, opened = [], [], None
    for number, frame in enumerate(frames):
        if gate.feed(frame) is Edge.OPENED:
            opened = number
        voiced.append(gate.voiced and number * FRAME_MS < last_ms + LATE_MS)
        suspected.append(gate.suspected)
    if opened is None:
        return None
    return frames[opened:], tuple(voiced[opened:]), tuple(suspected[opened:]), last_ms - opened * FRAME_MS
