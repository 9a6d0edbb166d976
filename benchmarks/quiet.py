"""Whether the gate hears real voices at a quiet microphone, and what else it hears (docs/gate.md).

python -m benchmarks.quiet --words FOLDER [--noises FOLDER] [--most 200]

Every WAV in FOLDER (and the folders in it) is one utterance. Each is brought to a level and laid over steady noise,
which the gate hears for 3 s before it. `--noises`: recordings without a voice, at several levels.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from random import Random
from statistics import median, quantiles

import numpy as np
from numpy.typing import NDArray

from edge_agent.audio.convert import to_mono
from edge_agent.audio.gate import Edge, Gate, webrtc_detector
from edge_agent.audio.resample import Resampler
from edge_agent.audio.silero import Silero
from edge_agent.audio.wav import read_wav
from edge_agent.vocabulary.sound import FRAME_MS, MIC_FRAME_BYTES, MIC_RATE_HZ

LEVELS = ((-26, 24), (-42, 24), (-50, 24), (-50, 12), (-58, 24), (-58, 20), (-58, 12), (-64, 20))
NOISES_DBFS = -35, -50, -60
FRAME = MIC_FRAME_BYTES // 2
BEFORE_S = 3
WITHIN_DB = 25  # of the loudest frame: what is softer does not belong to a word

Samples = NDArray[np.float64]


def recordings(folder: Path) -> Iterator[tuple[str, Samples]]:
    """(name, samples at 16 kHz, full scale is 1)."""
    for path in sorted(folder.rglob("*.wav")):
        pcm, rate_hz, channels = read_wav(path)
        mono = to_mono(pcm, channels)
        whole_frames = len(mono) // (rate_hz // 50 * 2) * (rate_hz // 50 * 2)
        mono = Resampler(rate_hz, MIC_RATE_HZ).process(mono[:whole_frames])
        yield path.name, np.frombuffer(mono, np.int16) / 32768


def spoken(recording: Samples) -> Samples:
    """From the first frame of the word to its last, with 100 ms around it; the power of what is spoken is 1."""
    frames = recording[: len(recording) // FRAME * FRAME].reshape(-1, FRAME)
    power = (frames**2).mean(axis=1)
    loud = np.flatnonzero(power > power.max() / 10 ** (WITHIN_DB / 10))
    word: Samples = frames[max(0, loud[0] - 5) : loud[-1] + 6].ravel() / np.sqrt(power[loud].mean())
    return word


def pcm_frames(samples: Samples) -> Iterator[bytes]:
    pcm = np.rint(samples * 32768).clip(-32768, 32767).astype(np.int16).tobytes()
    return (
        pcm[at : at + MIC_FRAME_BYTES] for at in range(0, len(pcm) - MIC_FRAME_BYTES + 1, MIC_FRAME_BYTES)
    )


def openings_ms(samples: Samples, confirmer: Silero | None) -> list[int]:
    gate = Gate(webrtc_detector(3), confirmer, start_ms=80, hangover_ms=600)
    return [
        number * FRAME_MS
        for number, frame in enumerate(pcm_frames(samples), 1)
        if gate.feed(frame) is Edge.OPENED
    ]


def print_words(words: list[Samples], confirmer: Silero | None) -> None:
    random = np.random.default_rng(1)
    for level_dbfs, over_noise_db in LEVELS:
        onsets: list[int] = []
        for word in words:
            sound = random.standard_normal(MIC_RATE_HZ * (BEFORE_S + 1) + len(word))
            sound *= 10 ** ((level_dbfs - over_noise_db) / 20)
            sound[MIC_RATE_HZ * BEFORE_S :][: len(word)] += word * 10 ** (level_dbfs / 20)
            onsets += [at - BEFORE_S * 1000 for at in openings_ms(sound, confirmer) if at > BEFORE_S * 1000][
                :1
            ]
        late = f"{median(onsets):.0f} / {quantiles(onsets, n=10)[-1]:.0f}" if len(onsets) > 1 else "-"
        print(
            f"{level_dbfs:4} dBFS, {over_noise_db} dB over noise: {len(onsets):4} of {len(words)},"
            f" {100 * len(onsets) / len(words):5.1f} %, onset 50/90 {late} ms",
            flush=True,
        )


def print_noises(folder: Path, confirmer: Silero | None) -> None:
    for name, recording in recordings(folder):
        whole = recording / np.sqrt((recording**2).mean())
        counts = [len(openings_ms(whole * 10 ** (dbfs / 20), confirmer)) for dbfs in NOISES_DBFS]
        print(f"{name[:40]:40} {len(recording) / MIC_RATE_HZ:5.0f} s  opened {counts}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--words", type=Path, required=True)
    parser.add_argument("--noises", type=Path)
    parser.add_argument("--most", type=int, default=200, help="words, picked at random (default 200)")
    arguments = parser.parse_args()
    found = [spoken(recording) for _, recording in recordings(arguments.words)]
    words = Random(1).sample(found, min(arguments.most, len(found)))
    for name, confirmer in (("webrtcvad", None), ("webrtcvad and silero", Silero())):
        print(f"\n{name}")
        print_words(words, confirmer)
        if arguments.noises:
            print(f"without a voice, at {NOISES_DBFS} dBFS")
            print_noises(arguments.noises, confirmer)


if __name__ == "__main__":
    main()
