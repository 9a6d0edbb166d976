"""Whether the device interrupts itself, and whether a person can: the real engine in synthetic rooms.

python -m benchmarks.echo [--quick] [--gates]
python -m benchmarks.echo --rooms DIR | --recordings DIR [--weights FILE]

Each room is entered twice: a minute of answer with nobody in the room (ERLE, false openings, CPU), and an
answer over which a person speaks (share that opens the gate, time from the onset). What opens the gate stops the
answer, as it does in life; another answer follows.

With --rooms it is judged open loop in rooms of image sources instead, with the recordings that
`benchmarks.physical.fetch` has put into a folder; with --recordings on recordings of real devices, rated by AECMOS.
Both need the extra `rooms`. Without --weights, what opens the gate behind AEC3.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import cycle, product
from pathlib import Path
from statistics import median
from typing import Literal

import numpy as np

from edge_agent.audio.build import build_engine
from edge_agent.audio.convert import convert
from edge_agent.audio.sounds import spoken_answers, spoken_lines
from edge_agent.config import Config
from edge_agent.config.model import Echo
from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.sound import FRAME_MS, MIC_RATE_HZ, SERVICE_FRAME_BYTES, SERVICE_RATE_HZ

from .rooms import FRAME, NEAR_DBFS, Acoustics, Room, Signal, loudspeaker, samples, scaled, speech_level

ANSWER = b"".join(clip.pcm for clip in spoken_answers())
FAR_DBFS = speech_level(loudspeaker(ANSWER))
PUSH = SERVICE_FRAME_BYTES * 5
BEFORE_S, INTO_ANSWER_S, BETWEEN_S = 1.0, 3.0, 0.5
ONSET_DBFS = NEAR_DBFS - 15  # of a frame: below, it is breath
TOLD = {20: 0, 80: 60, 150: 120}  # of a delay, what the device knows

ROOMS = [
    *(
        Room(
            f"{ser_db:+.0f} dB, {delay_ms} ms", ser_db, delay_ms, 100 if delay_ms == 20 else 150, told_ms=told
        )
        for ser_db in (0.0, -6.0, -12.0)
        for delay_ms, told in TOLD.items()
    ),
    Room("+0 dB, T60 200 ms", 0.0, 80, 200, told_ms=60),
    Room("-6 dB, noise -45 dBFS", -6.0, 80, noise_dbfs=-45, told_ms=60),
    Room("+0 dB, drift 100 ppm", 0.0, 80, drift_ppm=100, told_ms=60),
    Room("-12 dB, drift 100 ppm", -12.0, 80, drift_ppm=100, told_ms=60),
    Room("+0 dB, jump of 40 ms", 0.0, 80, jump_ms=40, told_ms=60),
    Room("no echo", None),
]
ROOMS = [replace(room, walls=number) for number, room in enumerate(ROOMS, 1)]
BAD_ROOMS: list[tuple[Room, Echo]] = [
    (Room("-6 dB, 10 ms", -6.0, 10), "linear"),
    (Room("-6 dB, walls 9 dB over direct", -6.0, 80, direct_db=-9, walls=2, told_ms=60), "linear"),
    (Room("-12 dB, walls 9 dB over direct", -12.0, 80, direct_db=-9, walls=6, told_ms=60), "linear"),
    (Room("-6 dB, nothing cancels", -6.0, 80), "off"),
    (Room("+12 dB, nothing cancels", 12.0, 80), "off"),
    (Room("no echo, headphones", None), "off"),
]


@dataclass
class Result:
    erle_db: list[float] = field(default_factory=list)
    false_openings: int = 0
    full_duplex_after_s: float | None = None  # of sounding
    changes: int = 0
    played_s: float = 0.0
    full_s: float = 0.0
    cpu_s: float = 0.0
    audio_s: float = 0.0
    latencies_ms: list[float] = field(default_factory=list)
    missed: int = 0

    @property
    def caught(self) -> float:
        total = len(self.latencies_ms) + self.missed
        return len(self.latencies_ms) / total if total else float("nan")


class Person:
    """Recordings of a human reader, at three speeds: three voices."""

    def __init__(self, quick: bool) -> None:
        self.lines: list[Signal] = []
        for speed in (1.0,) if quick else (0.88, 1.0, 1.14):
            for clip in spoken_lines():
                rate = int(SERVICE_RATE_HZ * speed) // 50 * 50
                self.lines.append(scaled(samples(convert(clip.pcm, rate, MIC_RATE_HZ)), NEAR_DBFS))

    @staticmethod
    def onset_s(line: Signal) -> float:
        frames = line[: len(line) // FRAME * FRAME].reshape(-1, FRAME)
        levels = 10 * np.log10((frames**2).mean(axis=1) + 1e-12)
        return float(np.argmax(levels > ONSET_DBFS)) * FRAME_MS / 1000


class Visit:
    """An engine in a room, with as much of a conversation as stops and begins an answer."""

    def __init__(self, room: Room, config: Config, *, seed: int) -> None:
        self.events: list[e.Event] = []
        self.engine = build_engine(config, self.events.append)
        self.engine.delay(room.told_ms)
        self._room = Acoustics(room, FAR_DBFS, seed=seed)
        self._answer = self._sound()
        self.result = Result()
        self.playing = False
        self._unplayed = 0
        self.opened_at: float | None = None
        self.now = 0.0

    @staticmethod
    def _sound() -> Iterator[bytes]:
        pieces = [ANSWER[at : at + PUSH] for at in range(0, len(ANSWER) // PUSH * PUSH, PUSH)]
        return cycle(pieces)

    def begin(self) -> None:
        self.playing, self._unplayed = True, 0

    def frame(self, near: Signal) -> None:
        if self.playing:
            while self._unplayed < 20:  # frames ahead
                self.engine.execute(c.Play("a", next(self._answer)))
                self._unplayed += 5
            self._unplayed -= 1
            self.result.played_s += FRAME_MS / 1000
            self.result.full_s += self.engine.full_duplex * FRAME_MS / 1000
        mic = self._room.hear(near)
        began = time.thread_time()
        out = self.engine.step(mic)
        self.result.cpu_s += time.thread_time() - began
        self._room.play(out)
        self.now += FRAME_MS / 1000
        self.result.audio_s += FRAME_MS / 1000
        for event in self.events:
            self._handle(event)
        self.events.clear()

    def _handle(self, event: e.Event) -> None:
        match event:
            case e.SpeechStarted() if self.playing:
                self.opened_at = self.now
                self.engine.execute(c.StopPlayback())
                self.playing = False
            case e.EchoJudged(full_duplex):
                self.result.changes += 1
                if full_duplex and self.result.full_duplex_after_s is None:
                    self.result.full_duplex_after_s = self.result.played_s

    def wait(self, seconds: float) -> None:
        for _ in range(round(seconds * 1000 / FRAME_MS)):
            self.frame(np.zeros(FRAME))


def alone(room: Room, config: Config, seconds: float, seed: int) -> Result:
    """An answer, and nobody there."""
    visit = Visit(room, config, seed=seed)
    visit.wait(BEFORE_S)
    resume_at = visit.now
    while visit.result.played_s < seconds:
        if not visit.playing and visit.now >= resume_at:
            visit.begin()
        visit.frame(np.zeros(FRAME))
        if visit.opened_at is not None:
            visit.result.false_openings += 1
            visit.opened_at, resume_at = None, visit.now + 1.5
        if visit.result.played_s > 3 and visit.playing and round(visit.result.played_s * 50) % 50 == 0:
            visit.result.erle_db.append(visit.engine.erle_db)
    return visit.result


def spoken_over(room: Room, config: Config, person: Person, seed: int) -> Result:
    """A person speaks over each answer, some seconds into it."""
    random = np.random.default_rng(seed)
    visit = Visit(room, config, seed=seed)
    visit.wait(BEFORE_S)
    for line in person.lines:
        visit.begin()
        visit.wait(INTO_ANSWER_S + random.random())
        if not visit.playing:  # it interrupted itself
            visit.opened_at = None
            visit.wait(1.0)
            visit.begin()
            visit.wait(INTO_ANSWER_S)
        visit.opened_at, onset = None, visit.now + person.onset_s(line)
        for at in range(0, len(line) - FRAME + 1, FRAME):
            visit.frame(line[at : at + FRAME])
        visit.wait(0.2)
        if visit.opened_at is None:
            visit.result.missed += 1
            visit.engine.execute(c.StopPlayback())
            visit.playing = False
        else:
            visit.result.latencies_ms.append((visit.opened_at - onset) * 1000)
        visit.wait(BETWEEN_S + 1.0)
    return visit.result


def row(room: Room, config: Config, person: Person, seconds: float) -> tuple[str, Result, Result]:
    quiet = alone(room, config, seconds, seed=1)
    over = spoken_over(room, config, person, seed=2)
    latencies = sorted(over.latencies_ms)
    shown = (
        f"{median(latencies):4.0f} {latencies[-(-9 * len(latencies) // 10) - 1]:4.0f}"
        if latencies
        else "   -    -"
    )
    erle = f"{median(quiet.erle_db):5.1f}" if any(quiet.erle_db) else "    -"
    after = "    -" if quiet.full_duplex_after_s is None else f"{quiet.full_duplex_after_s:5.1f}"
    text = (
        f"{room.name:34} {config.audio.echo:5} {erle} {after} {quiet.full_s / quiet.played_s:5.0%}"
        f" {quiet.false_openings * 60 / quiet.played_s:6.2f} {over.caught:6.0%}    {shown}"
        f" {quiet.cpu_s * 60 / quiet.audio_s:6.2f}"
    )
    return text, quiet, over


HEAD = """\
room                               echo   ERLE  full  full  false opened   onset ms    CPU
                                            dB after share   /min  over it  50%  90%  s/min"""


def settings(
    echo: Echo, aggressiveness: int, start_ms: int, end: Literal["local", "server"] = "local"
) -> Config:
    config = Config()
    return replace(
        config,
        turns=replace(config.turns, mode="hands-free", end=end),
        gate=replace(config.gate, aggressiveness=aggressiveness, start_ms=start_ms),
        audio=replace(config.audio, echo=echo, cues=False, messages=False),
    )


@dataclass
class Total:
    """Of several rooms."""

    quiet: Result = field(default_factory=Result)
    over: Result = field(default_factory=Result)

    def add(self, quiet: Result, over: Result) -> None:
        self.quiet.false_openings += quiet.false_openings
        self.quiet.played_s += quiet.played_s
        self.over.latencies_ms += over.latencies_ms
        self.over.missed += over.missed

    def __str__(self) -> str:
        latencies = sorted(self.over.latencies_ms)
        return (
            f"{self.quiet.false_openings * 60 / self.quiet.played_s:5.2f} false openings a minute of answer,"
            f" {self.over.caught:6.1%} of {len(latencies) + self.over.missed} utterances open the gate,"
            f" {median(latencies):.0f} ms after the onset, nine of ten within"
            f" {latencies[9 * len(latencies) // 10]:.0f} ms"
        )


def rooms(person: Person, seconds: float, aggressiveness: int, start_ms: int, *, shown: bool) -> Total:
    total = Total()
    for room in ROOMS:
        text, quiet, over = row(room, settings("linear", aggressiveness, start_ms), person, seconds)
        total.add(quiet, over)
        if shown:
            print(text, flush=True)
    return total


def physical(rooms: Path | None, recordings: Path | None, weights: Path | None, *, quick: bool) -> None:
    try:
        from .physical import devices, judge
    except ImportError as error:
        sys.exit(f"{error.name} is not installed: in the checkout, pip install -e '.[rooms]'")
    try:
        if rooms:
            judge.report(
                rooms, weights, seconds=10.0 if quick else judge.ALONE_S, words=3 if quick else judge.WORDS
            )
        if recordings:
            devices.report(recordings, judge.opener(weights), rated=True)
    except FileNotFoundError as error:
        sys.exit(str(error))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="20 s and 3 utterances a room, not 60 and 9")
    parser.add_argument("--gates", action="store_true", help="all rooms in a line, for several gates")
    parser.add_argument("--rooms", type=Path, metavar="DIR", help="in rooms of image sources")
    parser.add_argument("--recordings", type=Path, metavar="DIR", help="on NAME_mic.wav and NAME_lpb.wav")
    parser.add_argument(
        "--weights", type=Path, metavar="FILE", help="of the detector of voices over the answer"
    )
    args = parser.parse_args()
    if args.rooms or args.recordings:
        return physical(args.rooms, args.recordings, args.weights, quick=args.quick)
    person, seconds = Person(args.quick), 20.0 if args.quick else 60.0
    default = Config().gate
    if args.gates:
        for aggressiveness, start_ms in product((1, 2, 3), (40, 60, 80, 120, 160)):
            total = rooms(person, seconds, aggressiveness, start_ms, shown=False)
            print(f"aggressiveness {aggressiveness}, start_ms {start_ms:3}: {total}", flush=True)
        return None
    print(HEAD)
    print(rooms(person, seconds, default.aggressiveness, default.start_ms, shown=True))
    for room, echo in BAD_ROOMS:
        text, _, _ = row(room, settings(echo, default.aggressiveness, default.start_ms), person, seconds)
        print(text, flush=True)
    return None


if __name__ == "__main__":
    main()
