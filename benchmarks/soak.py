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
from contextlib import AsyncExitStack
from dataclasses import replace
from random import Random
from time import strftime

from edge_agent.app.device import Device
from edge_agent.audio.cards.simulated import SimulatedCard, SpokenSource
from edge_agent.audio.sounds import spoken_lines
from edge_agent.billing.budget import DAY, Budget
from edge_agent.billing.ledger import Ledger
from edge_agent.config import Config
from edge_agent.config.known_prices import prices_of
from edge_agent.simulator.person import Person, SpokenLine
from edge_agent.simulator.server import SimulatedService
from edge_agent.telemetry.status import StatusBoard
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.state import State

from .growth import Growth
from .visitors import AnyAnswer, Visitors

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


# ---- in audio time ---------------------------------------------------------------
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
    person = Person(source, RATE_HZ, button=button)
    board = StatusBoard(time.monotonic)
    budget = Budget(Ledger(prices_of(config)), today=lambda: strftime(DAY))

    def watch(event: e.Event, _: State) -> None:
        did[type(event).__name__] += 1

    device = Device(
        config,
        SimulatedCard(source, rate_hz=RATE_HZ),
        watchers=(person.watch, board.watch, budget.watch, watch),
        urgent=budget.take_change,
    )
    running = asyncio.create_task(device.run())
    ends = time.monotonic() + minutes * 60
    while time.monotonic() < ends:
        lines = [
            SpokenLine(random.choice(spoken_lines()), random.choice([None, None, 1.5])) for _ in range(4)
        ]
        await person.talk(lines, device.post)
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
