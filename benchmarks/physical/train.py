"""Trains the detector of voices over the answer.

python -m benchmarks.physical.train DIR --out FILE [--seen N] [--units N] [--epochs N]

Reads DIR/scenes (see `scenes`). One scene in eight is kept from the network, to choose the threshold with. Where a
voice begins counts more. After the first round, what opened it with nobody there counts more, too, and it is trained
again. The round that hears most of what was kept back, and soonest, is saved.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from multiprocessing import Pool
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge_agent.audio.echo.linear.detector import FEATURE_VERSION
from edge_agent.vocabulary.sound import FRAME_MS

from .front import heard
from .network import Examples, Floats, Network, train
from .opening import HEAD, LATE, Score, Threshold, of_nobody, openings
from .scene import Scene

KEPT_BACK = 8  # one scene in so many
SETTLING = 25  # frames at the start of a scene from which nothing is learned
BEFORE = 150  # frames before an opening that led to it
BEGINNING = 20  # frames of a voice that count more
FALSE_A_MINUTE = 0.08
OFFSETS = (1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0, 6.0)
LIMITS = (4.5, 6.0, 8.0, 10.0, 12.0, 15.0, 18.0, 22.0, 27.0, 33.0, 40.0)


@dataclass(frozen=True, slots=True)
class Lesson:
    features: Floats
    labels: NDArray[np.int8]


def lesson(path: Path) -> Lesson:
    """What the canceller makes of a scene, kept beside it."""
    kept = path.parent.parent / f"lessons-{FEATURE_VERSION}" / path.name
    if not kept.exists():
        with np.load(path) as saved:
            scene = Scene(saved["microphone"], saved["reference"], saved["labels"], (), (), 0.0)
        kept.parent.mkdir(exist_ok=True)
        np.savez(kept, features=heard(scene).features.astype(np.float16), labels=scene.labels)
    with np.load(kept) as saved:
        return Lesson(saved["features"], saved["labels"])


def examples(lessons: list[Lesson], weights: list[NDArray[Any]]) -> Examples:
    labels = np.stack([lesson.labels for lesson in lessons])
    known = (labels >= 0) & (np.arange(labels.shape[1]) >= SETTLING)
    return Examples(
        np.stack([lesson.features for lesson in lessons]),
        labels.astype(np.float32),
        (np.stack(weights) * known).astype(np.float32),
    )


def false_starts(lesson: Lesson, logits: Floats, at: Threshold) -> list[int]:
    """Openings more than a second after any voice, and not in one."""
    recent = np.convolve(lesson.labels != 0, np.ones(50))[: len(lesson.labels)] > 0
    return [
        frame
        for frame in openings(logits, at)
        if frame >= SETTLING and not recent[max(0, frame - 10) : frame + 1].any()
    ]


def quiet_frames(lesson: Lesson) -> int:
    return int((np.convolve(lesson.labels != 0, np.ones(50))[: len(lesson.labels)] == 0).sum())


def utterances(lesson: Lesson) -> list[tuple[int, int]]:
    """Where a voice is plain for at least 300 ms, with no gap over 200 ms."""
    plain = np.flatnonzero(lesson.labels == 1)
    if not len(plain):
        return []
    breaks = np.flatnonzero(np.diff(plain) > 10)
    starts, ends = plain[np.r_[0, breaks + 1]], plain[np.r_[breaks, len(plain) - 1]]
    return [(int(a), int(b)) for a, b in zip(starts, ends, strict=True) if b - a >= 15]


def validate(lessons: list[Lesson], logits: list[Floats], at: Threshold) -> Score:
    score = Score()
    for lesson, of_lesson in zip(lessons, logits, strict=True):
        opened = openings(of_lesson, at)
        for start, end in utterances(lesson):
            score.words += 1
            during = [frame for frame in opened if start <= frame <= end + LATE]
            if during:
                score.onsets_ms.append((during[0] + 1 - start) * FRAME_MS)
        score.add(of_nobody(false_starts(lesson, of_lesson, at), quiet_frames(lesson)))
    return score


def heard_of(network: Network, lessons: list[Lesson]) -> list[Floats]:
    """The logits of each."""
    found: list[Floats] = []
    for at in range(0, len(lessons), 64):
        together = np.stack([lesson.features for lesson in lessons[at : at + 64]], axis=1)
        found += list(network.logits(together).T)
    return found


def choose(network: Network, lessons: list[Lesson]) -> tuple[Threshold, Score]:
    """The one that hears most, and soonest, with FALSE_A_MINUTE at most."""
    logits = heard_of(network, lessons)
    tried = [
        (at, validate(lessons, logits, at))
        for at in (Threshold(offset, limit) for offset in OFFSETS for limit in LIMITS)
    ]
    allowed = [one for one in tried if one[1].false_a_minute <= FALSE_A_MINUTE]
    return max(allowed, key=lambda one: one[1].worth) if allowed else tried[-1]


def early(lesson: Lesson) -> NDArray[Any]:
    """Weights of the frames: more where a voice begins."""
    weights = np.ones(len(lesson.labels), np.float32)
    for start, _ in utterances(lesson):
        weights[start : start + BEGINNING] = 2.0
    return weights


def harder(network: Network, lessons: list[Lesson], at: Threshold) -> list[NDArray[Any]]:
    """As `early`, and more before what opened it, or nearly, with nobody there."""
    found = []
    for lesson, logits in zip(lessons, heard_of(network, lessons), strict=True):
        weights = early(lesson)
        for frame in false_starts(lesson, logits, Threshold(at.offset - 1, at.limit * 0.6)):
            weights[max(0, frame - BEFORE) : frame + 10] = 4.0
        found.append(weights)
    return found


def save(path: Path, network: Network, at: Threshold) -> None:
    with path.open("wb") as file:
        np.savez(file, **network.arrays(), offset=np.float64(at.offset), limit=np.float64(at.limit))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seen", type=int, default=64, help="units of the first layer")
    parser.add_argument("--units", type=int, default=64, help="gated units")
    parser.add_argument("--epochs", type=int, default=16)
    parser.add_argument("--processes", type=int, default=2)
    args = parser.parse_args()
    began = time.monotonic()
    paths = sorted((args.directory / "scenes").glob("*.npz"))
    with Pool(args.processes) as pool:
        lessons = pool.map(lesson, paths, chunksize=8)
    print(f"{len(lessons)} minutes heard, {time.monotonic() - began:.0f} s", flush=True)
    kept_back = lessons[::KEPT_BACK]
    learned = [one for number, one in enumerate(lessons) if number % KEPT_BACK]
    random = np.random.default_rng(1)
    weights = [early(one) for one in learned]
    network: Network | None = None
    best = 0.0
    for rate, epochs in ((2e-3, args.epochs), (1e-3, args.epochs // 2)):
        todo = examples(learned, weights)
        if network is None:
            sample = todo.features[:, ::7].reshape(-1, todo.features.shape[-1]).astype(np.float32)
            network = Network.new(sample, args.seen, args.units, random)
        for loss in train(network, todo, epochs, random, rate):
            print(f"  loss {loss:.4f}, {time.monotonic() - began:.0f} s", flush=True)
        print(HEAD)
        at, score = choose(network, kept_back)
        print(f"{f'offset {at.offset}, limit {at.limit}':34} {score}", flush=True)
        if score.worth > best:
            best = score.worth
            save(args.out, network, at)
        weights = harder(network, learned, at)


if __name__ == "__main__":
    main()
