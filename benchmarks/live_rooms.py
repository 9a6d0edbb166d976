"""Whether GPT-Live answers itself, and whether a person can be heard over it: python -m benchmarks.live_rooms [--quick]

Whole devices in the synthetic rooms of `benchmarks.echo`, in audio time, one with the Realtime API and one with
GPT-Live: the same engine, with webrtcvad alone. The simulated GPT-Live answers any voice, its own included.
Each device is asked by voice, then answers to an empty room; then a person speaks over answers, some seconds into each.
"Silent after": from the onset of the voice to the last frame of the answer at the speaker.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from statistics import median
from typing import Literal

import numpy as np

from edge_agent.audio.cards.simulated import EchoPath
from edge_agent.config import Config
from edge_agent.config.model import Echo
from edge_agent.simulator.answers import Asked, ReplyPart, Speech
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.sound import FRAME_MS, SERVICE_RATE_HZ
from tests.live_world import LiveWorld
from tests.world import World

from .echo import ANSWER, BAD_ROOMS, FAR_DBFS, INTO_ANSWER_S, ROOMS, Person
from .rooms import FRAME, Acoustics, Room, Signal, pcm_of, samples

Api = Literal["realtime", "gpt-live"]
ANSWER_S = 20
ROUNDS = 3  # answers to an empty room
NO_ECHO = (0.0, 20, SERVICE_RATE_HZ)


class Counted:
    """Always the same answer; how often it was asked for."""

    def __init__(self) -> None:
        self.asked = 0
        self._speech = Speech("a long answer", ANSWER[: ANSWER_S * SERVICE_RATE_HZ * 2])

    def answer(self, _: Asked) -> Sequence[ReplyPart]:
        self.asked += 1
        return [self._speech]


class Placed:
    """A microphone and a speaker in a room."""

    def __init__(self, room: Room, seed: int) -> None:
        self._acoustics = Acoustics(room, FAR_DBFS, seed=seed)

    def play(self, pcm: bytes) -> None:
        self._acoustics.play(pcm)

    def beside(self, mic: bytes) -> bytes:
        return self._acoustics.hear(samples(mic))


@dataclass
class Heard:
    """`itself`: times that the service was asked though nobody spoke. `opened`: times that the gate was."""

    alone_s: float = 0.0
    itself: int = 0
    opened: int = 0
    spoken: int = 0
    noticed: int = 0
    stopped_ms: list[float] = field(default_factory=list)  # from the onset of the voice to a silent speaker

    def __add__(self, other: Heard) -> Heard:
        return Heard(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))

    def __str__(self) -> str:
        stopped = f", silent after {median(self.stopped_ms):.0f} ms" if self.stopped_ms else ""
        return (
            f"asked itself {self.itself}, opened {self.opened} in {self.alone_s / 60:.1f} min;"
            f" heard {self.noticed} of {self.spoken}{stopped}"
        )


class Visit:
    def __init__(self, api: Api, room: Room, echo: Echo, seed: int) -> None:
        self._answers = Counted()
        path = EchoPath(*NO_ECHO)
        if api == "gpt-live":
            self._world: LiveWorld | World = LiveWorld(
                mode="hands-free", answers=self._answers, echo=path, canceller=echo
            )
        else:
            config = Config()
            config = replace(config, audio=replace(config.audio, echo=echo))
            self._world = World(config, mode="hands-free", end="local", answers=self._answers, echo=path)
        self._world.room = Placed(room, seed)
        self._world.engine.delay(room.told_ms)
        self._world.wait(1000)

    def _say(self, line: Signal) -> list[bytes]:
        """What the speaker plays meanwhile, by frame."""
        starts = range(0, len(line) - FRAME + 1, FRAME)
        return [self._world.frame(pcm_of(line[at : at + FRAME])) for at in starts]

    def _until(self, turn: str) -> None:
        self._world.until(lambda: self._world.turn == turn, 60_000)

    def _opened(self) -> int:
        return len([event for event in self._world.events if isinstance(event, e.UplinkOpened)])

    def _ask(self, line: Signal) -> None:
        self._say(line)
        self._until("speaking")

    def alone(self, person: Person, rounds: int) -> Heard:
        """Asked, and then nobody is there."""
        heard = Heard()
        for number in range(rounds):
            self._ask(person.lines[number % len(person.lines)])
            began, asked, opened = self._world.now, self._answers.asked, self._opened()
            while self._world.now < began + ANSWER_S + 5:
                self._world.frame(pcm_of(np.zeros(FRAME)))
            heard.alone_s += self._world.now - began
            heard.itself += self._answers.asked - asked
            heard.opened += self._opened() - opened
            self._until("idle")
            self._world.wait(2000)
        return heard

    def spoken_over(self, person: Person, seed: int) -> Heard:
        random = np.random.default_rng(seed)
        heard = Heard()
        self._ask(person.lines[0])
        for line in person.lines:
            self._until("speaking")
            self._world.wait(round((INTO_ANSWER_S + random.random()) * 1000))
            if self._world.turn != "speaking":  # it has interrupted itself
                self._until("idle")
                self._ask(line)
                self._world.wait(round(INTO_ANSWER_S * 1000))
            opened = self._opened()
            played = self._say(line)
            self._world.wait(200)
            heard.spoken += 1
            if self._opened() > opened:
                heard.noticed += 1
                heard.stopped_ms.append(_last_loud_ms(played) - person.onset_s(line) * 1000)
            self._world.wait(3000)
            if self._world.turn == "idle":
                self._ask(line)
        return heard


def _last_loud_ms(played: Sequence[bytes]) -> int:
    loud = [number for number, frame in enumerate(played, 1) if any(frame)]
    return max(loud, default=0) * FRAME_MS


def heard_in(api: Api, room: Room, echo: Echo, person: Person, rounds: int = ROUNDS) -> Heard:
    alone = Visit(api, room, echo, seed=1).alone(person, rounds)
    return alone + Visit(api, room, echo, seed=2).spoken_over(person, seed=2)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.live_rooms", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="3 lines, and one answer to an empty room")
    options = parser.parse_args()
    person, rounds = Person(options.quick), 1 if options.quick else ROUNDS
    rooms: list[tuple[Room, Echo]] = [*((room, "linear") for room in ROOMS), *BAD_ROOMS]
    totals: dict[Api, Heard] = {"realtime": Heard(), "gpt-live": Heard()}
    for room, echo in rooms:
        for api in totals:
            heard = heard_in(api, room, echo, person, rounds)
            totals[api] += heard
            print(f"{room.name:34} {echo:7} {api:9} {heard}", flush=True)
    for api, total in totals.items():
        print(f"{'all':34} {'':7} {api:9} {total}")


if __name__ == "__main__":
    main()
