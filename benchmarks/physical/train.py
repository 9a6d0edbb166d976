"""Trains the detector of voices over the answer.

python -m benchmarks.physical.train DIR --out FILE [--units N] [--epochs N]

Reads DIR/scenes (see `scenes`). One scene in ten is kept from the network, to choose the threshold with. After the
first round, what opened it with nobody there counts more, and what it hears late counts more; then it is trained again.
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
from .network import CONTEXT, Examples, Floats, Network, history, train
from .opening import HEAD, LATE, Score, Threshold, of_nobody, openings
from .scene import Scene

KEPT_BACK = 10  # one scene in so many
SETTLING = 25  # frames at the start of a scene from which nothing is learned
BEFORE = 150  # frames before an opening that led to it
FALSE_A_MINUTE = 0.05
OFFSETS = (-0.5, 0.0, 0.5, 1.0, 1.5, 2.0)
LIMITS = (6.0, 9.0, 12.0, 15.0, 18.0, 22.0, 27.0, 33.0, 40.0)


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


def examples(lessons: list[Lesson], extra: list[NDArray[Any]]) -> Examples:
    features = np.concatenate([lesson.features for lesson in lessons])
    rows, labels, weights, first = [], [], [], 0
    for lesson, more in zip(lessons, extra, strict=True):
        known = (lesson.labels >= 0) & (np.arange(len(lesson.labels)) >= SETTLING)
        rows.append(first + history(len(lesson.labels))[known])
        labels.append(lesson.labels[known])
        weights.append(more[known])
        first += len(lesson.labels)
    return Examples(
        features,
        np.concatenate(rows),
        np.concatenate(labels).astype(np.float32),
        np.concatenate(weights).astype(np.float32),
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


def choose(network: Network, lessons: list[Lesson]) -> tuple[Threshold, Score]:
    """The one that hears most, and soonest, with FALSE_A_MINUTE at most."""
    logits = [network.logits(lesson.features) for lesson in lessons]
    tried = [
        (at, validate(lessons, logits, at))
        for at in (Threshold(offset, limit) for offset in OFFSETS for limit in LIMITS)
    ]
    allowed = [one for one in tried if one[1].false_a_minute <= FALSE_A_MINUTE]
    return max(allowed, key=lambda one: one[1].heard - one[1].late_s / 4) if allowed else tried[-1]


def harder(network: Network, lessons: list[Lesson], at: Threshold) -> list[NDArray[Any]]:
    """Weights of the frames: more before a false opening, and where a voice begins."""
    found = []
    for lesson in lessons:
        weights = np.ones(len(lesson.labels), np.float32)
        logits = network.logits(lesson.features)
        for frame in false_starts(lesson, logits, Threshold(at.offset, at.limit * 0.6)):
            weights[max(0, frame - BEFORE) : frame + 10] = 4.0
        for start, _ in utterances(lesson):
            weights[start : start + 20] *= 2.0
        found.append(weights)
    return found


def save(path: Path, network: Network, at: Threshold) -> None:
    arrays = {
        "feature_version": np.int64(FEATURE_VERSION),
        "context": np.array(CONTEXT),
        "mean": network.mean,
        "scale": network.scale,
        "hidden": network.hidden.astype(np.float16),
        "hidden_bias": network.hidden_bias,
        "output": network.output,
        "output_bias": network.output_bias[0],
        "offset": np.float64(at.offset),
        "limit": np.float64(at.limit),
    }
    with path.open("wb") as file:
        np.savez(file, **arrays)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--units", type=int, default=64)
    parser.add_argument("--epochs", type=int, default=8)
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
    extra: list[NDArray[Any]] = [np.ones(len(one.labels), np.float32) for one in learned]
    network: Network | None = None
    for rate, epochs in ((1e-3, args.epochs), (5e-4, args.epochs), (3e-4, args.epochs // 2)):
        todo = examples(learned, extra)
        if network is None:
            sample = todo.features[todo.rows[random.choice(len(todo.rows), 20_000)]].reshape(20_000, -1)
            network = Network.new(sample.astype(np.float32), args.units, random)
        for loss in train(network, todo, epochs, random, rate):
            print(f"  loss {loss:.4f}, {time.monotonic() - began:.0f} s", flush=True)
        print(HEAD)
        at, score = choose(network, kept_back)
        print(f"{f'offset {at.offset}, limit {at.limit}':34} {score}", flush=True)
        save(args.out, network, at)
        extra = harder(network, learned, at)


if __name__ == "__main__":
    main()
