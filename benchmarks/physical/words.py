"""How many words over the answer a recogniser understands of what is sent, in the judge's rooms.

python -m benchmarks.physical.words DIR [--echo NAME...] [--voices NAME...] [--words N]
"""

from __future__ import annotations

import argparse
from collections import Counter
from multiprocessing import Pool
from pathlib import Path

import numpy as np

from edge_agent.config.model import Echo

from .draw import Judged, judged, spoken_over
from .material import FRAME, Material, load
from .recogniser import MARGIN, Recogniser, Whisper
from .uplinks import sent

MODES: tuple[Echo, ...] = ("off", "aec3", "linear")  # "dtln" sends what "linear" does
SPOKEN = ("computer", "jarvis")  # corpora of one word each
material: Material
recogniser: Recogniser
whisper: Whisper


def begin(directory: Path) -> None:
    global material, recogniser, whisper
    material, recogniser, whisper = load(directory, "test"), Recogniser(), Whisper()


def understood(work: tuple[Judged, str, tuple[Echo, ...], int]) -> Counter[tuple[str, str]]:
    """By canceller and recogniser; and how many were said."""
    room, name, modes, count = work
    random = np.random.default_rng(room.seed + 11)
    voice = next(voice for voice in material.voices if voice.name == name)
    known = [(spoken, word) for spoken, word in material.words if spoken in SPOKEN]
    chosen = [known[int(n)] for n in random.choice(len(known), count, replace=False)]
    scene = spoken_over(room, voice, [word for _, word in chosen])
    found: Counter[tuple[str, str]] = Counter()
    for mode in modes:
        sound = sent(mode, scene)
        found[mode, "said"] += count
        for (word, _), first, last in zip(chosen, scene.starts, scene.ends, strict=True):
            said = sound[max(0, first * FRAME - MARGIN) : (last + 1) * FRAME + MARGIN]
            found[mode, "pocketsphinx"] += recogniser.word(said) == word
            found[mode, "whisper"] += whisper.hears(word, said)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--echo", choices=MODES, nargs="+", default=MODES)
    parser.add_argument("--voices", nargs="+", metavar="NAME", help="of the answer; without: all")
    parser.add_argument("--words", type=int, default=2, help="in each room, over each voice")
    parser.add_argument("--processes", type=int, default=2)
    args = parser.parse_args()
    voices = args.voices or [voice.name for voice in load(args.directory, "test").voices]
    work = [(room, voice, tuple(args.echo), args.words) for room in judged() for voice in voices]
    total: Counter[tuple[str, str]] = Counter()
    by_level: dict[str, Counter[tuple[str, str]]] = {"66 dB": Counter(), "74 dB": Counter()}
    with Pool(args.processes, begin, (args.directory,)) as pool:
        for (room, *_), found in zip(work, pool.imap(understood, work), strict=True):
            total.update(found)
            by_level[room.at.name[-5:]].update(found)
    for name, counts in (("all", total), *by_level.items()):
        for mode in args.echo:
            said = counts[mode, "said"]
            shares = " ".join(f"{kind} {counts[mode, kind]}" for kind in ("pocketsphinx", "whisper"))
            print(f"{name:6} {mode:7} of {said}: {shares}")


if __name__ == "__main__":
    main()
