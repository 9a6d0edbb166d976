"""What tools add: from a tool's result to the answer, and what a session with 40 of them costs.

python -m benchmarks.tools [--quick]
"""

from __future__ import annotations

import argparse
import asyncio
from statistics import median

from edge_agent.telemetry import facts as f
from edge_agent.telemetry.records import Record
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.state import Turn

from .bench import Bench, p95, percentiles, service
from .startup import start

SCRIPT = "call:get_time; It is late enough for today, and early enough for tomorrow."
REST_S, HELD_S = 0.2, 0.3
NO_TOOLS = "[abilities]\n" + "\n".join(
    f"{name} = false"
    for name in ("timers", "time", "volume", "mute", "repeat", "goodbye", "silence", "health")
)
FORTY = "".join(
    f'[[tools]]\nname = "tool_{number}"\ndescription = "Does something about number {number} in the house."\n'
    'command = ["true"]\nparameters = { properties = { what = { type = "string" } }, required = ["what"] }\n'
    for number in range(26)  # beside the 14 that come with the device
)


def between(records: list[Record], first: type[f.Fact], then: type[f.Fact]) -> list[float]:
    """ms from each of the ones to the next of the others."""
    found: list[float] = []
    began: float | None = None
    for record in records:
        if isinstance(record.fact, first):
            began = record.t
        elif isinstance(record.fact, then) and began is not None:
            found.append((record.t - began) * 1000)
            began = None
    return found


async def own_share(turns: int) -> list[tuple[float, float]]:
    """ms of each turn that are this device's, between a tool's result and the first sound of the answer: until the
    answer is asked for, and from its first sound to the speaker. Of the latter, 0 to 20 ms are the wait for the end of
    the frame that is being heard: the card is given a frame at a time."""
    async with service("--answer", SCRIPT) as url:
        bench = Bench(url, mode="button")
        async with bench.running():
            for _ in range(turns):
                bench.device.post(e.TextEntered("What time is it?"))
                await bench.turn(Turn.SPEAKING)
                await asyncio.sleep(REST_S)
                bench.device.post(e.InterruptRequested())
                await bench.turn(Turn.IDLE)
                await asyncio.sleep(REST_S)
    asked = between(bench.records, f.ToolEnded, f.ResponseRequested)
    sounded = between(bench.records, f.FirstDelta, e.PlaybackStarted)
    return list(zip(asked, sounded, strict=True))


async def press_to_wire(url: str, presses: int, *, forty: bool) -> list[float]:
    """ms from a press to its first sound on the wire."""
    bench = Bench(url, mode="button", extra=FORTY if forty else NO_TOOLS)
    async with bench.running():
        for _ in range(presses):
            await asyncio.sleep(REST_S)
            bench.device.post(e.ButtonPressed())
            await asyncio.sleep(HELD_S)
            bench.device.post(e.InterruptRequested())
            await bench.turn(Turn.IDLE)
    return between(bench.records, e.ButtonPressed, f.AudioFirstSent)


async def main(*, quick: bool) -> None:
    turns, rounds = (20, 2) if quick else (200, 5)
    parts = await own_share(turns)
    shares = [asked + sounded for asked, sounded in parts]
    print(f"tool's result to the first sound, the device's own share, {len(shares)} turns")
    print(f"  until the answer is asked for {percentiles([asked for asked, _ in parts])} ms")
    print(f"  from its first sound to the speaker {percentiles([sounded for _, sounded in parts])} ms,")
    print("  of which the wait for the next frame is 0 to 20 ms")
    print(f"  {percentiles(shares)} ms (limit 20 ms at p95: {'kept' if p95(shares) < 20 else 'MISSED'})")
    async with service() as url:
        presses: dict[bool, list[float]] = {False: [], True: []}
        held: dict[bool, list[float]] = {False: [], True: []}
        for _ in range(rounds):
            for forty in (False, True):
                presses[forty] += await press_to_wire(url, turns // rounds, forty=forty)
                held[forty].append((await start(url, FORTY if forty else NO_TOOLS))[2])
        for forty, label in ((False, "no tools"), (True, "40 tools")):
            pss = median(held[forty])
            print(
                f"{label}: press to wire {percentiles(presses[forty])} ms; PSS {pss:.2f} MiB (median of {rounds})"
            )
        print(f"40 tools hold {median(held[True]) - median(held[False]):+.2f} MiB (limit 1 MiB)")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    asyncio.run(main(quick=parser.parse_args().quick))
