"""How many calls over the answer are heard, in the judge's rooms and over the echo of real devices.

EDGE_AGENT_RECORDINGS=FOLDER python -m benchmarks.physical.calls DIR [--pairs PAIRS] [--model NAME] [--words N]
[--voices NAME...]

DIR is what `fetch` and `voices` have filled; FOLDER/calls/NAME has the words, as in `benchmarks.wake`; PAIRS are
recordings of real devices (see `recordings`). Each room once as it is, and once with the word as loud as the answer.
"""

from __future__ import annotations

import argparse
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from multiprocessing import Pool
from pathlib import Path
from statistics import median
from typing import TypeAlias

import numpy as np

from edge_agent.audio.micro_wake_word import make_ear
from edge_agent.audio.resample import Resampler
from edge_agent.config.model import Echo
from edge_agent.config.wake_words import WakeWord
from edge_agent.vocabulary.sound import FRAME_MS, MIC_RATE_HZ, SERVICE_FRAME_BYTES, SERVICE_RATE_HZ

from .draw import Judged, judged, spoken_over
from .material import FRAME, Material, Signal, clips, load
from .recordings import Pair, pairs, with_words
from .scene import Scene
from .uplinks import heard_by

LATE = 400 // FRAME_MS  # frames after a word's end in which it may still be known
CANCELLERS: tuple[Echo, ...] = ("off", "linear")
AS_LOUD_DB = 0.0
material: Material
words: list[Signal]
model: str

Case: TypeAlias = tuple[str, Echo]


def begin(directory: Path, name: str) -> None:
    global material, words, model
    material, model = load(directory, "test"), name
    words = clips(Path(os.environ["EDGE_AGENT_RECORDINGS"]) / "calls" / name, 1000)


def called(echo: Echo, scene: Scene) -> list[int]:
    """The frames in which it is called."""
    ear = make_ear([WakeWord(model)])
    to_service = Resampler(MIC_RATE_HZ, SERVICE_RATE_HZ)
    played = bytes(SERVICE_FRAME_BYTES) + to_service.process(scene.reference.tobytes())
    microphone = (
        [
            scene.microphone[at : at + FRAME].tobytes()
            for at in range(0, len(scene.microphone) - FRAME + 1, FRAME)
        ]
        if echo == "off"
        else [cleaned.heard for cleaned in heard_by(echo, scene)]
    )
    found = []
    for number, frame in enumerate(microphone):
        begin = number * SERVICE_FRAME_BYTES
        hit = ear.hear(frame, played[begin : begin + SERVICE_FRAME_BYTES])
        if hit and not hit.own:
            found.append(number)
    return found


def counted(case: str, scene: Scene) -> Counter[tuple[Case, str]]:
    count: Counter[tuple[Case, str]] = Counter()
    for echo in CANCELLERS:
        found = called(echo, scene)
        spans = list(zip(scene.starts, scene.ends, strict=True))
        key = (case, echo)
        count[key, "said"] += len(spans)
        count[key, "heard"] += sum(any(a <= frame <= b + LATE for frame in found) for a, b in spans)
        count[key, "false"] += sum(not any(a <= frame <= b + LATE for a, b in spans) for frame in found)
    return count


def in_room(work: tuple[Judged, str, int]) -> tuple[float, Counter[tuple[Case, str]]]:
    """The ratio of word to answer in the room as it is, in dB, and what was heard."""
    room, name, number = work
    random = np.random.default_rng(room.seed + 13)
    voice = next(voice for voice in material.voices if voice.name == name)
    chosen = [words[int(at)] for at in random.choice(len(words), number, replace=False)]
    scene = spoken_over(room, voice, chosen)
    count = counted("as the room is", scene)
    louder = replace(room, at=replace(room.at, voice_db=room.at.voice_db + AS_LOUD_DB - scene.ser_db))
    return scene.ser_db, count + counted("word as loud", spoken_over(louder, voice, chosen))


def on_device(work: tuple[Pair, int]) -> Counter[tuple[Case, str]]:
    pair, number = work
    random = np.random.default_rng(5)
    chosen = [words[int(at)] for at in random.choice(len(words), number, replace=False)]
    return counted("a real device, word as loud", with_words(pair, chosen, AS_LOUD_DB, random))


def show(count: Counter[tuple[Case, str]]) -> None:
    for case in dict.fromkeys(case for case, _ in count):
        said, heard, false = (count[case, what] for what in ("said", "heard", "false"))
        print(
            f"{case[0]:28} {case[1]:7} heard {heard:3} of {said:3} ({heard / said:6.1%}), others {false}",
            flush=True,
        )


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--pairs", type=Path)
    parser.add_argument("--model", default="alexa")
    parser.add_argument("--voices", nargs="+", metavar="NAME", help="of the answer; without: all")
    parser.add_argument("--words", type=int, default=6, help="in each room, over each voice")
    parser.add_argument("--processes", type=int, default=2)
    args = parser.parse_args(arguments)
    voices = args.voices or [voice.name for voice in load(args.directory, "test").voices]
    work = [(room, voice, args.words) for room in judged() for voice in voices]
    with Pool(args.processes, begin, (args.directory, args.model)) as pool:
        found = list(pool.imap(in_room, work))
        on_devices = pool.map(
            on_device,
            [
                (pair, 3 * args.words)
                for pair in (pairs(args.pairs) if args.pairs else ())
                if pair.kind == "st"
            ],
        )
    ratios = sorted(ratio for ratio, _ in found)
    spread = f"{ratios[0]:.0f} to {ratios[-1]:.0f} dB, median {median(ratios):.0f}"
    print(f"as the rooms are, the word over the answer: {spread}")
    show(sum((count for _, count in found), Counter()))
    show(sum(on_devices, Counter()))


if __name__ == "__main__":
    main()
