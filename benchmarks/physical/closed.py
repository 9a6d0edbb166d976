"""The whole sound path in a computed room: what opens the gate stops the answer, as it does on a device.

python -m benchmarks.physical.closed DIR [--echo linear|dtln|aec3|off] [--words N] [--seconds S] [--warm]

Reads the recordings of `fetch` and `voices` in DIR. The rooms, words, voices and loudspeaker kinds are the judge's. The
answer is played by the real engine, so ducking and pausing are in it; the loudspeaker, the room and the noise take what
the engine plays, 20 ms at a time.
"""

from __future__ import annotations

import argparse
from collections import deque
from dataclasses import dataclass, field, replace
from itertools import cycle
from multiprocessing import Pool
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import fftconvolve, sosfilt

from edge_agent.audio.build import build_engine
from edge_agent.audio.convert import convert
from edge_agent.audio.echo.learned import Learned
from edge_agent.audio.echo.linear.layout import size
from edge_agent.audio.resample import Resampler
from edge_agent.config import Config
from edge_agent.config.model import Echo
from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.sound import (
    FRAME_MS,
    MIC_RATE_HZ,
    SERVICE_FRAME_BYTES,
    SERVICE_RATE_HZ,
    is_silent,
)

from .draw import Judged, answer, judged
from .judge import words_of
from .loudspeakers import RATE_HZ, colour, leaning
from .material import FRAME, Material, Voice, active_level_db, load
from .scene import REFERENCE_DB_SPL, noise_of

Signal = NDArray[Any]
PUSH = SERVICE_FRAME_BYTES * 10
SETTLING_S = 10.0
LATE_MS = 300  # after a word's end, an opening is still its own
HELD_MS = 40  # by the card

material: Material


class Loudspeaker:
    """Bends as `leaning` does, with a small case's colour, and reaches the microphone by a response."""

    def __init__(self, room: Judged, reference: Signal) -> None:
        random = np.random.default_rng(room.seed + 3)
        self._drive, self._bend = room.at.drive, np.random.default_rng(room.seed + 4)
        self._sections = colour(random, room.at.lowest_hz)
        self._state = np.zeros((len(self._sections), 2))
        played = np.repeat(reference, RATE_HZ // MIC_RATE_HZ)
        whole = sosfilt(self._sections, self._bent(played))[:: RATE_HZ // MIC_RATE_HZ]
        self._gain = 10 ** ((room.at.answer_db - REFERENCE_DB_SPL - active_level_db(whole)) / 20)
        self._response = room.rooms.speaker
        self._tail = np.zeros(len(self._response) + FRAME)
        delay = round((room.at.delay_ms + HELD_MS) / FRAME_MS)
        self._waiting = deque([np.zeros(FRAME)] * delay)

    def _bent(self, played: Signal) -> Signal:
        return leaning(played, self._drive, np.random.default_rng(1))

    def play(self, frame: Signal) -> Signal:
        """What the microphone hears of it, in pascals over 94 dB SPL."""
        driven, self._state = sosfilt(
            self._sections, self._bent(np.repeat(frame, RATE_HZ // MIC_RATE_HZ)), zi=self._state
        )
        sound = driven[:: RATE_HZ // MIC_RATE_HZ] * self._gain
        full = fftconvolve(sound, self._response)
        self._tail[: len(full)] += full
        out = self._tail[:FRAME].copy()
        self._tail = np.concatenate([self._tail[FRAME:], np.zeros(FRAME)])
        self._waiting.append(out)
        return self._waiting.popleft()


@dataclass(slots=True)
class Result:
    words: int = 0
    onsets_ms: list[float] = field(default_factory=list)
    itself: int = 0  # openings with somebody there, but not while they spoke
    alone_s: float = 0.0
    false: int = 0
    full: int = 0  # frames
    sounding: int = 0  # of answers, from their first sound
    cpu_s: float = 0.0

    def add(self, other: Result) -> None:
        for name in ("words", "onsets_ms", "itself", "alone_s", "false", "full", "sounding", "cpu_s"):
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def __str__(self) -> str:
        onsets = sorted(self.onsets_ms) or [float("nan")]
        minutes = max(self.sounding * FRAME_MS / 60_000, 1e-9)
        return (
            f"{len(self.onsets_ms):4}/{self.words:<4} {len(self.onsets_ms) / max(1, self.words):6.1%}"
            f" {self.false:3} in {self.alone_s / 60:4.1f} min {60 * self.false / max(self.alone_s, 1e-9):5.2f}/min"
            f" {self.itself:4} {median(onsets):5.0f} {onsets[9 * len(onsets) // 10]:5.0f}"
            f" {self.full / max(1, self.sounding):6.1%} {self.cpu_s / minutes:5.2f}"
        )


class Visit:
    """An engine in a room that always answers."""

    def __init__(self, room: Judged, voice: Voice, echo: Echo, words: list[Signal]) -> None:
        self.room, self.result = room, Result()
        random = np.random.default_rng(room.seed)
        spoken = answer(voice, 30, room.at.answer_peak, random)
        pcm = np.rint(spoken * 32767).astype(np.int16).tobytes()
        sent = convert(pcm, MIC_RATE_HZ, SERVICE_RATE_HZ)
        self._pieces = cycle([sent[at : at + PUSH] for at in range(0, len(sent), PUSH)])
        self._speaker = Loudspeaker(room, spoken)
        self._noise = cycle(noise_of(30 * MIC_RATE_HZ, room.at, room.rooms, words, random).reshape(-1, FRAME))
        self._to_room = Resampler(SERVICE_RATE_HZ, MIC_RATE_HZ)
        config = Config()
        self._config = replace(
            config,
            turns=replace(config.turns, mode="hands-free"),
            audio=replace(config.audio, echo=echo, cues=False, messages=False, volume=100),
        )
        self._opened = self._sounded = False
        self._memory = memoryview(bytearray(size()))
        self._start()
        self._answer = 0
        self._heard: list[bytes] = []
        self.frames = 0
        self._echo = np.zeros(FRAME)

    def _start(self, learned: Learned | None = None) -> None:
        self.engine = build_engine(self._config, self._hear, learned, self._memory)
        self.engine.delay(HELD_MS)

    def restart(self) -> None:
        """As after a crash: what was learned about the room is kept. What was counted so far is not."""
        self.engine.execute(c.StopPlayback())
        self._answer += 1
        self.quiet(1.5)
        self._start(self.engine.learned)
        self.result = Result()

    def _hear(self, event: e.Event) -> None:
        self._opened = self._opened or isinstance(event, e.SpeechStarted)

    def frame(self, near: Signal | None = None, *, answering: bool = True) -> bool:
        """Whether the gate has just opened; then the answer stops."""
        self.frames += 1
        heard = self._echo + next(self._noise)
        if near is not None:
            heard = heard + near
        scaled = heard * 10 ** (self.room.at.sensitivity_dbfs / 20) * 32768
        mic = np.clip(np.rint(scaled), -32768, 32767).astype(np.int16).tobytes()
        if answering and self.frames % 5 == 1:
            self.engine.execute(c.Play(f"answer-{self._answer}", next(self._pieces)))
        began = process_time()
        played = self.engine.step(mic)
        self._sounded = self.engine.playing and (self._sounded or not is_silent(played))
        if self._sounded:
            self.result.cpu_s += process_time() - began
            self.result.sounding += 1
            self.result.full += self.engine.full_duplex
        samples = np.frombuffer(self._to_room.process(played), np.int16) / 32768
        self._echo = self._speaker.play(samples)
        opened, self._opened = self._opened, False
        if opened:
            self.engine.execute(c.StopPlayback())
            self._answer += 1
        return opened

    def quiet(self, seconds: float, *, answering: bool = False) -> int:
        return sum(self.frame(answering=answering) for _ in range(int(seconds * 1000 / FRAME_MS)))

    def settle(self) -> None:
        """The room, and then the voice of the answer."""
        self.quiet(1.5)
        self.quiet(SETTLING_S, answering=True)

    def alone(self, seconds: float) -> None:
        for _ in range(int(seconds * 1000 / FRAME_MS)):
            if self.frame():
                self.result.false += 1
                self.quiet(1.5)
        self.result.alone_s += seconds

    def over(self, word: Signal, at: int) -> None:
        """Somebody says a word after 3 s of answer."""
        self.result.itself += self.quiet(3.0, answering=True)
        rooms = self.room.rooms
        said = fftconvolve(word, rooms.people[at % len(rooms.people)])
        said = said * 10 ** ((self.room.at.voice_db - REFERENCE_DB_SPL) / 20)
        said = said[: len(said) // FRAME * FRAME].reshape(-1, FRAME)
        loud = (said**2).mean(axis=1)
        first = int(np.flatnonzero(loud > loud.max() / 10**1.5)[0])
        last = len(word) // FRAME + LATE_MS // FRAME_MS
        self.result.words += 1
        heard = False
        for number, near in enumerate(said):
            if self.frame(near, answering=not heard) and not heard and number <= last:
                heard = True
                self.result.onsets_ms.append((number + 1 - first) * FRAME_MS)
        self.quiet(1.5)


def begin(directory: Path) -> None:
    global material
    material = load(directory, "test")


def visit(work: tuple[Judged, str, Echo, int, float, bool]) -> Result:
    room, name, echo, words, seconds, warm = work
    voice = next(voice for voice in material.voices if voice.name == name)
    said = words_of(room, words, material)
    there = Visit(room, voice, echo, said)
    there.settle()
    if warm:
        there.restart()
    there.alone(seconds)
    for number, word in enumerate(said):
        there.over(word, number)
    return there.result


HEAD = f"{'':26} {'words heard':16} {'false, nobody there':22} self  onset 50/90 ms   full   CPU s/min"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--echo", choices=("off", "linear", "dtln", "aec3"), default="linear")
    parser.add_argument("--voices", nargs="+", metavar="NAME", help="of the answer; without: all")
    parser.add_argument("--words", type=int, default=6, help="in each room, over each voice")
    parser.add_argument("--seconds", type=float, default=30.0, help="of an answer with nobody there")
    parser.add_argument("--sensitivity", type=float, help="dBFS at 94 dB SPL; without, another in each room")
    parser.add_argument(
        "--warm", action="store_true", help="begin again after 10 s, with what was learned about the room"
    )
    parser.add_argument("--processes", type=int, default=2)
    args = parser.parse_args()
    voices = args.voices or [voice.name for voice in load(args.directory, "test").voices]
    work = [
        (room, voice, args.echo, args.words, args.seconds, args.warm)
        for room in judged(args.sensitivity)
        for voice in voices
    ]
    rooms: dict[str, Result] = {}
    by_voice: dict[str, Result] = {}
    total = Result()
    with Pool(args.processes, begin, (args.directory,)) as pool:
        for (room, voice, *_), result in zip(work, pool.imap(visit, work), strict=True):
            for part in (
                rooms.setdefault(room.at.name, Result()),
                by_voice.setdefault(voice, Result()),
                total,
            ):
                part.add(result)
    print(HEAD)
    for name, result in (*rooms.items(), *by_voice.items(), ("all", total)):
        print(f"{name:26} {result}")


if __name__ == "__main__":
    main()
