"""Whether a person is heard over the answer in rooms, from voices, words and loudspeakers that were not trained with.

python -m benchmarks.physical.judge DIR --weights FILE [--words N] [--seconds S] [--sensitivity DBFS]
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from multiprocessing import Pool
from pathlib import Path

import numpy as np

from .draw import Judged, alone, judged, spoken_over
from .front import heard
from .material import Material, Voice, load
from .network import Network
from .opening import HEAD, Score, Threshold, of_nobody, of_words, openings

material: Material
network: Network
threshold: Threshold


def saved(path: Path) -> tuple[Network, Threshold]:
    with np.load(path) as arrays:
        mean, scale, hidden, hidden_bias, output, output_bias = (
            arrays[name].astype(np.float32)
            for name in ("mean", "scale", "hidden", "hidden_bias", "output", "output_bias")
        )
        found = Network(mean, scale, hidden, hidden_bias, output, output_bias.reshape(1))
        return found, Threshold(float(arrays["offset"]), float(arrays["limit"]))


def begin(directory: Path, weights: Path) -> None:
    global material, network, threshold
    material = load(directory, "test")
    network, threshold = saved(weights)


def words_of(judge: Judged, count: int) -> list[np.ndarray[tuple[int], np.dtype[np.float32]]]:
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
        score.add(of_nobody(openings(network.logits(heard(quiet).features), threshold), len(quiet.labels)))
    over = spoken_over(room, voice, words_of(room, words))
    score.add(of_words(openings(network.logits(heard(over).features), threshold), over.starts, over.ends))
    return score, over.ser_db


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--words", type=int, default=12, help="in each room, over each voice")
    parser.add_argument(
        "--seconds", type=float, default=40.0, help="of an answer with nobody there, in each room"
    )
    parser.add_argument("--sensitivity", type=float, help="dBFS at 94 dB SPL; without, another in each room")
    parser.add_argument("--processes", type=int, default=2)
    args = parser.parse_args()
    rooms = judged(args.sensitivity)
    voices = [voice.name for voice in load(args.directory, "test").voices]
    work = [(room, voice, args.words, args.seconds) for room in rooms for voice in voices]
    by_room: dict[str, Score] = defaultdict(Score)
    by_voice: dict[str, Score] = defaultdict(Score)
    ratios: dict[str, list[float]] = defaultdict(list)
    with Pool(args.processes, begin, (args.directory, args.weights)) as pool:
        for (room, voice, *_), (score, ser_db) in zip(work, pool.imap(judge, work), strict=True):
            by_room[room.at.name].add(score)
            by_voice[voice].add(score)
            ratios[room.at.name].append(ser_db)
    print(HEAD)
    total = Score()
    for name, score in by_room.items():
        total.add(score)
        print(f"{name:26} {np.mean(ratios[name]):4.0f} dB {score}")
    for name, score in by_voice.items():
        print(f"{name:34} {score}")
    print(f"{'all':34} {total}")


if __name__ == "__main__":
    main()
