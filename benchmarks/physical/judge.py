"""Whether a person is heard over the answer in rooms, from voices, words and loudspeakers that were not trained with.

python -m benchmarks.physical.judge DIR --weights FILE [--voices NAME...] [--words N]
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Callable, Sequence
from multiprocessing import Pool
from pathlib import Path

import numpy as np

from edge_agent.audio.echo.linear.detector import Detector, Weights
from edge_agent.vocabulary.sound import FRAME_MS

from . import aec3_gate
from .draw import Judged, alone, judged, spoken_over
from .front import heard
from .material import Material, Voice, load
from .opening import HEAD, Score, Threshold, of_nobody, of_words, openings
from .scene import Scene

WORDS = 12
ALONE_S = 40.0
SETTLED = 3000 // FRAME_MS
material: Material
opened_in: Callable[[Scene], list[int]]


def opener(path: Path | None) -> Callable[[Scene], list[int]]:
    """What the product's detector opens at, with the weights of a file. None: the gate behind AEC3."""
    if path is None:
        return aec3_gate.openings
    with np.load(path) as arrays:
        weights = Weights.of(arrays)
    threshold = Threshold(weights.offset, weights.limit)
    return lambda scene: openings(Detector(weights).logits(heard(scene).features), threshold)


def begin(directory: Path, weights: Path | None) -> None:
    global material, opened_in
    material = load(directory, "test")
    opened_in = opener(weights)


def words_of(
    judge: Judged, count: int, material: Material
) -> list[np.ndarray[tuple[int], np.dtype[np.float32]]]:
    """Some of each corpus in turn."""
    random = np.random.default_rng(judge.seed + 7)
    corpora = defaultdict(list)
    for name, word in material.words:
        corpora[name].append(word)
    names = sorted(corpora)
    return [
        corpora[names[n % len(names)]][random.integers(len(corpora[names[n % len(names)]]))]
        for n in range(count)
    ]


def judge(work: tuple[Judged, str, int, float]) -> tuple[Score, float]:
    room, name, words, seconds = work
    voice: Voice = next(voice for voice in material.voices if voice.name == name)
    score = Score()
    if seconds:
        quiet = alone(room, voice, seconds)
        score.add(of_nobody(opened_in(quiet), len(quiet.labels), SETTLED))
    over = spoken_over(room, voice, words_of(room, words, material))
    score.add(of_words(opened_in(over), over.starts, over.ends))
    return score, over.ser_db


def report(
    directory: Path,
    weights: Path | None,
    *,
    voices: Sequence[str] = (),
    words: int = WORDS,
    seconds: float = ALONE_S,
    sensitivity_dbfs: float | None = None,
    processes: int = 2,
) -> Score:
    """Prints a row for each room and each voice of the answer. `weights` None: the gate behind AEC3."""
    rooms = judged(sensitivity_dbfs)
    voices = voices or [voice.name for voice in load(directory, "test").voices]
    work = [(room, voice, words, seconds) for room in rooms for voice in voices]
    by_room: dict[str, Score] = defaultdict(Score)
    by_voice: dict[str, Score] = defaultdict(Score)
    ratios: dict[str, list[float]] = defaultdict(list)
    total = Score()
    with Pool(processes, begin, (directory, weights)) as pool:
        for (room, voice, *_), (score, ser_db) in zip(work, pool.imap(judge, work), strict=True):
            for one in (by_room[room.at.name], by_voice[voice], total):
                one.add(score)
            ratios[room.at.name].append(ser_db)
    print(HEAD)
    for name, score in by_room.items():
        print(f"{name:26} {np.mean(ratios[name]):4.0f} dB {score}")
    for name, score in by_voice.items():
        print(f"{name:34} {score}")
    print(f"{'all':34} {total}", flush=True)
    return total


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--weights", type=Path, help="without: the gate behind AEC3")
    parser.add_argument("--voices", nargs="+", default=(), metavar="NAME", help="of the answer; without: all")
    parser.add_argument("--words", type=int, default=WORDS, help="in each room, over each voice")
    parser.add_argument(
        "--seconds", type=float, default=ALONE_S, help="of answer with nobody there, as often"
    )
    parser.add_argument("--sensitivity", type=float, help="dBFS at 94 dB SPL; without, another in each room")
    parser.add_argument("--processes", type=int, default=2)
    args = parser.parse_args()
    report(
        args.directory,
        args.weights,
        voices=args.voices,
        words=args.words,
        seconds=args.seconds,
        sensitivity_dbfs=args.sensitivity,
        processes=args.processes,
    )


if __name__ == "__main__":
    main()
