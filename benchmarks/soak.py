"""Whether a device that runs for long grows: python -m benchmarks.soak [--hours H] [--trace] [--live] [--minutes M]

Without --live: hours of conversation in audio time, without sockets; a button device and a hands-free one in turns,
with links that drop, rotate, rest and are renewed. With --live: two real devices, with simulated cards, and a
service on loopback whose sessions last 10 s and whose connections break every 15 s.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from random import Random
from time import strftime

from edge_agent import events as e
from edge_agent.audio.simulated import SimulatedCard, SpokenSource
from edge_agent.budget import DAY, Budget
from edge_agent.config import Config
from edge_agent.costs import Ledger, prices_of
from edge_agent.runtime import Device
from edge_agent.simulator.answers import Asked, Call, Part, Speech
from edge_agent.simulator.person import Line, Person
from edge_agent.simulator.server import SimulatedService
from edge_agent.sounds import spoken_answers, spoken_lines
from edge_agent.state import State
from edge_agent.status import StatusBoard
from tests.world import LINES, World

from .growth import Growth

RATE_HZ = 24_000
SESSION_S, DROP_S = 10.0, 15.0
DROPS = (
    "drop",
    "reset",
    "close:1011",
    "close:1001",
    "unknown",
    "bad-json",
    "error:server_error",
    "fail:server_error",
)


class AnyAnswer:
    """Long ones and short ones, in writing, and calls of functions."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def answer(self, asked: Asked) -> Sequence[Part]:  # noqa: ARG002
        clip = self._random.choice(spoken_answers())
        speech = Speech(clip.text, clip.pcm)
        match self._random.randrange(8):
            case 0:
                return [Call("open_door", '{"door": 1}')]
            case 1:
                return [Speech("In writing.")]
            case 2:
                return [speech, speech]
        return [speech]


# ---- in audio time ---------------------------------------------------------------
class Visitors(World):
    """People who come and go, over links that do as well."""

    def __init__(self, mode: str, seed: int) -> None:
        self.now = 0.0
        self.random = Random(seed)
        self.board = StatusBoard(lambda: self.now)
        base = Config()
        config = replace(base, limits=replace(base.limits, visit_idle_s=30.0, idle_close_s=45.0))
        self.budget = Budget(
            Ledger(prices_of(config)), today=lambda: f"day {self.now // 3600}", post=self.later
        )
        watchers = (self.board.watch, self.budget.watch)
        self.plans: list[tuple[float, Callable[[], None]]] = []
        self.did: Counter[str] = Counter()
        super().__init__(config, answers=AnyAnswer(self.random), watchers=watchers, mode=mode)

    def later(self, event: e.Event) -> None:
        self._inbox.append(event)

    def plan(self, in_s: float, do: Callable[[], None]) -> None:
        self.plans.append((self.now + in_s, do))

    def frame(self, mic: bytes = bytes(640)) -> bytes:
        out = super().frame(mic)
        for plan in [plan for plan in self.plans if self.now >= plan[0]]:
            self.plans.remove(plan)
            plan[1]()
        return out

    def lose(self) -> None:
        if self.session:
            self.did["drops"] += 1
            self.disconnect()
            self.plan(self.random.uniform(0.3, 6), self.find)

    def find(self) -> None:
        if self.session is None and not self.conversation.state.standby:
            self.connect()

    def rotate(self) -> None:
        if self.session:
            self.did["rotations"] += 1
            self.prepare(urgent=self.random.random() < 0.5)

    def turn_once(self) -> None:
        """A visitor's next sentence, whatever it comes to."""
        random = self.random
        if random.random() < 0.12:
            self.plan(random.uniform(0, 8), self.lose)
        if random.random() < 0.12:
            self.plan(random.uniform(0, 8), self.rotate)
        match random.randrange(20):
            case 0:
                self.post(e.TextEntered("What time is it?"))
            case 1:
                self.post(e.ForgetRequested())
            case 2:
                self.post(e.MuteSwitched(), e.MuteSwitched())
            case 3:
                self.did["rests"] += 1
                self.wait(60_000)
            case _:
                self.speak()
        if random.random() < 0.2:  # breaks in
            self.wait(random.randrange(500, 4000))
            self.speak()
        for _ in range(4500):
            if self.turn == "idle" and not self.plans:
                break
            self.frame()
        self.wait(random.randrange(500, 3000))
        self.did["turns"] += 1
        self.forget_the_past()

    def speak(self) -> None:
        button = self.config.turns.mode == "button" or self.random.random() < 0.1
        if button:
            self.press()
        self.say(self.random.choice(LINES))
        if button:
            self.release()

    def forget_the_past(self) -> None:
        """What only a test wants to know."""
        self.did["answers heard"] += sum(record["event"] == "playback_drained" for record in self.records)
        self.did["links"] += sum(record["event"] in ("link_up", "link_switched") for record in self.records)
        for past in (self.sent, self.events, self.refusals, self.records, self.heard, self.sessions):
            past.clear()


def in_audio_time(hours: float, every_s: float, *, trace: bool) -> None:
    worlds = [Visitors("button", 1), Visitors("hands-free", 2)]
    growth, sampled, halved = Growth(trace=trace), -every_s, False
    began = time.monotonic()
    while (now := sum(world.now for world in worlds)) < hours * 3600:
        if now - sampled >= every_s:
            sampled = now
            growth.sample(now)
        if not halved and now >= hours * 1800:
            halved = True
            growth.halfway()
        min(worlds, key=lambda world: world.now).turn_once()
    growth.sample(now)
    did: Counter[str] = sum((world.did for world in worlds), Counter())
    print(f"{now / 3600:.2f} h of conversation in {time.monotonic() - began:.0f} s:", dict(did))
    print(growth.table(), flush=True)


# ---- in real time ----------------------------------------------------------------
async def live(minutes: float, every_s: float, *, trace: bool) -> None:
    random, did = Random(1), Counter[str]()
    async with AsyncExitStack() as stack:
        answers = AnyAnswer(random)
        service = await stack.enter_async_context(
            SimulatedService(lifetime_s=SESSION_S, answers=lambda: answers, random=random)
        )
        await asyncio.gather(
            _talks("button", service.url, minutes, random, did),
            _talks("hands-free", service.url, minutes, random, did),
            _breaks(service, minutes, random),
            _samples(minutes, every_s, did, trace=trace),
        )
        print("connections:", service.connections)


async def _talks(mode: str, url: str, minutes: float, random: Random, did: Counter[str]) -> None:
    base = Config()
    config = replace(
        base,
        service=replace(base.service, endpoint=url),
        turns=replace(base.turns, mode=mode),  # type: ignore[arg-type]
        audio=replace(base.audio, echo="off"),
        limits=replace(base.limits, visit_idle_s=5.0, idle_close_s=8.0),
    )
    source = SpokenSource()
    button = "hold" if mode == "button" else None
    person = Person(source, RATE_HZ, lambda event: device.post(event), button=button)
    board = StatusBoard(time.monotonic)
    budget = Budget(
        Ledger(prices_of(config)), today=lambda: strftime(DAY), post=lambda event: device.post(event)
    )

    def watch(event: e.Event, _: State) -> None:
        did[type(event).__name__] += 1

    device = Device(
        config,
        SimulatedCard(source, rate_hz=RATE_HZ),
        watchers=(person.watch, board.watch, budget.watch, watch),
    )
    running = asyncio.create_task(device.run())
    ends = time.monotonic() + minutes * 60
    while time.monotonic() < ends:
        lines = [Line(random.choice(spoken_lines()), random.choice([None, None, 1.5])) for _ in range(4)]
        await person.talk(lines)
        await asyncio.sleep(random.choice([0, 0, 3, 12]))
    device.stop()
    await running


async def _breaks(service: SimulatedService, minutes: float, random: Random) -> None:
    ends = time.monotonic() + minutes * 60
    while time.monotonic() < ends:
        await asyncio.sleep(random.uniform(DROP_S - 5, DROP_S + 5))
        service.inject(random.choice(DROPS))


async def _samples(minutes: float, every_s: float, did: Counter[str], *, trace: bool) -> None:
    growth, began, halved = Growth(trace=trace), time.monotonic(), False
    while (now := time.monotonic() - began) < minutes * 60:
        growth.sample(now)
        if not halved and now >= minutes * 30:
            halved = True
            growth.halfway()
        await asyncio.sleep(every_s)
    names = (
        "UplinkClosed",
        "PlaybackDrained",
        "Connected",
        "LinkSwitched",
        "Disconnected",
        "PlaybackStarved",
    )
    print({name: did[name] for name in names})
    print(growth.table(), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--hours", type=float, default=2.0, help="of conversation, in audio time")
    parser.add_argument("--live", action="store_true", help="in real time, over sockets")
    parser.add_argument("--minutes", type=float, default=10.0, help="with --live")
    parser.add_argument("--trace", action="store_true", help="tell where memory was taken")
    args = parser.parse_args()
    logging.disable(logging.WARNING)
    os.environ.setdefault("AZURE_OPENAI_API_KEY", "local")
    if args.live:
        asyncio.run(live(args.minutes, 15, trace=args.trace))
    else:
        in_audio_time(args.hours, 120, trace=args.trace)
