"""The detector and what is sent, on recordings of real devices.

python -m benchmarks.physical.devices PAIRS --weights FILE | --echo NAME [--words DIR] [--aecmos]

PAIRS: NAME_mic.wav and NAME_lpb.wav (see `recordings`). --words: what `fetch` has brought; its test words are then laid
over the recorded echo at several ratios. --echo: the product's canceller in place of the detector alone.
--aecmos: rates what is sent, beside the microphone itself.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np

from edge_agent.vocabulary.sound import FRAME_MS, MIC_RATE_HZ

from . import aecmos
from .front import heard
from .judge import opener
from .material import FRAME, Signal, load
from .opening import HEAD, of_words
from .recogniser import MARGIN, Recogniser
from .recordings import Pair, apart_from_seams, pairs, with_words
from .scene import Scene
from .uplinks import opened

RATIOS_DB = (0.0, -5.0, -10.0, -15.0, -20.0)
SPOKEN = ("computer", "jarvis")  # corpora of one word each
WORDS = 18


def sent(pair: Pair) -> Signal:
    return heard(pair.scene, uplink=True).uplink[FRAME:]


def overlaid(pair: Pair, words: Path, opened_in: Callable[[Scene], list[int]]) -> None:
    """Words at several ratios over the echo of a device."""
    corpora = [(name, word) for name, word in load(words, "test").words if name in SPOKEN]
    recogniser = Recogniser()
    for ratio_db in RATIOS_DB:
        random = np.random.default_rng(5)
        chosen = [corpora[int(n)] for n in random.choice(len(corpora), WORDS, replace=False)]
        scene = with_words(pair, [word for _, word in chosen], ratio_db, random)
        score = of_words(apart_from_seams(opened_in(scene), pair), scene.starts, scene.ends)
        uplink = heard(scene, uplink=True).uplink
        spans = zip(scene.starts, scene.ends, chosen, strict=False)
        understood = sum(
            recogniser.word(uplink[max(0, a * FRAME - MARGIN) : (b + 1) * FRAME + MARGIN]) == name
            for a, b, (name, _) in spans
        )
        print(f"{f'words at {ratio_db:.0f} dB':34} {score}  recognised {understood}", flush=True)


def report(
    directory: Path,
    opened_in: Callable[[Scene], list[int]],
    *,
    words: Path | None = None,
    rated: bool = False,
) -> None:
    found = pairs(directory)
    for pair in found:
        times = " ".join(f"{frame * FRAME_MS / 1000:.2f}" for frame in opened_in(pair.scene)) or "never"
        seconds = len(pair.microphone) / MIC_RATE_HZ
        print(f"{pair.kind:4} {pair.name[-40:]:40} {seconds:5.1f} s  opens at {times}", flush=True)
    if rated:
        print(f"{'echo, voice':16}  {'double talk':15}  {'device alone':15}  person alone")
        print(aecmos.table("microphone", aecmos.ratings(found, lambda pair: pair.microphone)))
        print(aecmos.table("sent", aecmos.ratings(found, sent)), flush=True)
    if words:
        print(HEAD)
        for pair in found:
            if pair.kind == "st":
                overlaid(pair, words, opened_in)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--weights", type=Path, help="without: the gate behind AEC3")
    parser.add_argument("--echo", choices=("linear", "dtln"))
    parser.add_argument("--words", type=Path)
    parser.add_argument("--aecmos", action="store_true")
    args = parser.parse_args()
    opened_in = (lambda scene: opened(args.echo, scene)) if args.echo else opener(args.weights)
    report(args.directory, opened_in, words=args.words, rated=args.aecmos)


if __name__ == "__main__":
    main()
