"""How soon it is settled which of several devices answers, and what is felt: python -m benchmarks.group [--quick]

Three real devices with a simulated card, and Debian's mosquitto. Two are in a group, and hear the same at different
levels; the third hears it as the nearer one does, and is in none. All three hear it at the same moment, so that what
else the machine does is the same for them.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from edge_agent.host.control.requests import MOST_TURNS
from edge_agent.simulator.answers import Script, Speech
from edge_agent.simulator.server import SimulatedService
from tests.group_of_devices import GroupOfDevices
from tests.mosquitto import Mosquitto
from tests.run_process import RunProcess
from tests.sound import tone

from .quantiles import quantile

GROUPS = {"near": "home", "far": "home", "alone": ""}
GAINS = {"near": 1.0, "far": 0.4, "alone": 1.0}
PAUSE_MS = 3000
Step = dict[str, Any]


async def steps(device: RunProcess) -> list[Step]:
    """The records of its turns."""
    told = await device.ask("report", last=MOST_TURNS)
    return [json.loads(line) for line in told.get("steps", [])]


def waits(steps: list[Step], first: str, then: str) -> Iterator[float]:
    """ms from each record of one kind to the next of another."""
    began = None
    for step in steps:
        if step["event"] == first:
            began = step["t"]
        elif step["event"] == then and began is not None:
            yield (step["t"] - began) * 1000
            began = None


async def over(devices: dict[str, RunProcess], turns: int) -> None:
    """Whoever answers has answered."""
    for name in "near", "alone":
        while (await devices[name].ask("status"))["latency"]["today"].get("answered", 0) < turns:  # noqa: ASYNC110
            await asyncio.sleep(0.1)


def show(what: str, took_ms: list[float]) -> None:
    shown = f"{median(took_ms):.0f} ms, p95 {quantile(took_ms, 0.95):.0f} ms" if took_ms else "never"
    print(f"{what}: {shown} ({len(took_ms)} times)")


async def measure(mode: str, rounds: int, folder: Path) -> None:
    answers = Script([Speech("Yes.", tone(24_000, 300))])
    begins = "wake_word_heard" if mode == "wake-word" else "uplink_opened"
    async with (
        SimulatedService(answers=lambda: answers) as service,
        Mosquitto(folder, log="error") as broker,
        GroupOfDevices(folder, service.url, broker.port, mode, GROUPS, pause_ms=PAUSE_MS) as group,
    ):
        await group.in_touch()
        devices = group.devices
        for turn in range(1, rounds + 1):
            group.say(GAINS)
            await over(devices, turn)
        told = {name: await steps(device) for name, device in devices.items()}
        answered = (await devices["far"].ask("status"))["latency"]["today"].get("answered", 0)
        print(f"{mode}: the farther device answered {answered} of {rounds} times")
        left = "from the call, until the farther device has left it to the nearer"
        show(f"{mode}: {left}", list(waits(told["far"], begins, "call_yielded")))
        for name in "near", "alone":
            show(
                f"{mode}, {name}: from the call, until it is shown", list(waits(told[name], begins, "state"))
            )
            sent = "from the end of what is said, until all of it is sent"
            show(f"{mode}, {name}: {sent}", list(waits(told[name], "uplink_closed", "commit_sent")))


async def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.group", description=__doc__)
    parser.add_argument("--quick", action="store_true")
    args = parser.parse_args()
    for mode in "wake-word", "hands-free":
        with tempfile.TemporaryDirectory() as name:
            await measure(mode, 3 if args.quick else 20, Path(name))


if __name__ == "__main__":
    asyncio.run(main())
