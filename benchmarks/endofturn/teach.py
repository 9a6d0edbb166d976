"""Trains what the device knows of how speech ends: a logistic regression on `edge_agent.audio.prosody`.

python -m benchmarks.endofturn.teach DIR [--out FILE]

Reads the recordings in DIR/turns that may be trained on (`benchmarks.physical.fetch` brings them). Each corpus counts
as much as another, whatever its size. Pauses of 80 ms and more are learned from, since what was said before them is the
same kind of thing as before longer ones.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.physical.sources import SOURCES
from edge_agent.audio import prosody
from edge_agent.audio.prosody import FEATURE_VERSION, NAMES, WINDOW, features

from .pauses import Utterance, of_folder

OUT = Path(prosody.__file__).with_suffix(".npz")
LEAST = 4  # frames of quiet
PENALTY = 50.0  # of squared weights, against the mean loss of an example times the examples of a corpus
STEPS = 30

Table = NDArray[np.float64]


def stretches(utterance: Utterance) -> Iterator[tuple[bytes, bool]]:
    """What was said before each pause, and whether it was the end."""
    quiet = 0
    said: bytes | None = None
    for number, voiced in enumerate(utterance.voiced):
        quiet = max(0, quiet - 3) if voiced else quiet + 1
        if quiet == 0 and said:
            yield said, False
            said = None
        if quiet == LEAST and said is None:
            end = number + 1 - quiet
            said = b"".join(utterance.frames[max(0, end - WINDOW) : end])
    if said:
        yield said, True


def table(utterances: Iterable[Utterance]) -> tuple[Table, NDArray[np.bool_]]:
    rows = [(features(said), end) for each in utterances for said, end in stretches(each)]
    return np.array([row for row, _ in rows], np.float64), np.array([end for _, end in rows])


def fit(tables: Sequence[tuple[Table, NDArray[np.bool_]]]) -> tuple[NDArray[np.float64], float]:
    """Weights and bias for features as they are, by Newton's method."""
    rows = np.concatenate([rows for rows, _ in tables])
    ends = np.concatenate([ends for _, ends in tables]).astype(np.float64)
    count = np.concatenate([np.full(len(ends), 1 / len(ends)) for _, ends in tables])
    count *= len(ends) / count.sum()
    mean, scale = rows.mean(axis=0), rows.std(axis=0) + 1e-6
    scaled = np.hstack([(rows - mean) / scale, np.ones((len(rows), 1))])
    penalty = np.full(scaled.shape[1], PENALTY)
    penalty[-1] = 0
    weights = np.zeros(scaled.shape[1])
    for _ in range(STEPS):
        likely = 1 / (1 + np.exp(-scaled @ weights))
        slope = scaled.T @ (count * (likely - ends)) + penalty * weights
        bend = (scaled * (count * likely * (1 - likely))[:, None]).T @ scaled + np.diag(penalty)
        weights -= np.linalg.solve(bend, slope)
    return weights[:-1] / scale, float(weights[-1] - (weights[:-1] / scale) @ mean)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--out", type=Path, default=OUT)
    args = parser.parse_args()
    tables: list[tuple[Table, NDArray[np.bool_]]] = []
    for source in SOURCES:
        if source.role == "turns" and source.use == "train":
            rows, ends = table(of_folder(args.directory / "turns" / source.folder, 10_000))
            print(f"{source.folder}: {sum(ends)} ends, {sum(~ends)} pauses")
            tables.append((rows, ends))
    weights, bias = fit(tables)
    np.savez(args.out, weights=weights.astype(np.float32), bias=bias, feature_version=FEATURE_VERSION)
    for name, weight in zip(NAMES, weights, strict=True):
        print(f"{weight:8.3f} {name}")


if __name__ == "__main__":
    main()
