"""What costs more when there is more of it: python -m benchmarks.scale [--quick] [--json FILE]

One visit that lasts for hours (in audio time, without sockets: what it costs and holds as it goes on); answers in
smaller and larger messages; longer and longer answers; and more and more devices at once, all talking (whole agents
over TLS, measured from outside as in benchmarks.peers).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any

from edge_agent.simulator.reply import Pace

from .machine import machine
from .measure import Spent
from .peers.drive import Course, Run, drive
from .peers.environments import DRIVERS
from .secure import Answer, secure_service
from .visit import Stretch, visit

AGENT = DRIVERS / "drive_edge_agent.py"
KEPT_OPEN = {"EDGE_AGENT_LIMITS_IDLE_CLOSE_S": "0"}

Point = dict[str, float]


async def agent(course: Course, pace: Pace | None = None) -> Run:
    """One of its own, with a service of its own."""
    async with secure_service(course.answer, times=course.said, pace=pace) as service:
        return await drive(Path(sys.executable), AGENT, service, course, hands_free=False, settings=KEPT_OPEN)


async def by_message(deltas_ms: list[int], course: Course) -> list[Point]:
    """All at the same time."""
    runs = await asyncio.gather(*(agent(course, Pace(delta_ms=delta_ms)) for delta_ms in deltas_ms))
    return [
        {"delta_ms": delta_ms, "messages_per_s": 1000 / delta_ms, **_answering(run)}
        for delta_ms, run in zip(deltas_ms, runs, strict=True)
    ]


async def by_length(times: list[int], course: Course) -> list[Point]:
    """All at the same time; the answer so many times over."""
    courses = [replace(course, said=often) for often in times]
    runs = await asyncio.gather(*map(agent, courses))
    return [{"answer_s": one.answer_s, **_answering(run)} for one, run in zip(courses, runs, strict=True)]


def _answering(run: Run) -> Point:
    return {"cpu_s_per_min": run.answering.cpu_s_per_min, "pss_mib": run.size.pss_mib}


async def by_devices(counts: list[int], course: Course) -> list[Point]:
    """One after the other so many at once; they talk and hear answers at the same time."""
    points = []
    for count in counts:
        runs = await asyncio.gather(*(agent(course) for _ in range(count)))
        points.append({"devices": count, **_each(runs)})
    return points


def _each(runs: list[Run]) -> Point:
    """Of one device."""
    both: list[Spent] = [run.talking + run.answering for run in runs]
    return {
        "cpu_s_per_min": median(spent.cpu_s_per_min for spent in both),
        "resting_cpu_s_per_min": median(run.resting.cpu_s_per_min for run in runs),
        "pss_mib": median(run.size.pss_mib for run in runs),
        "ready_s": median(run.ready_s for run in runs),
    }


def growth(stretches: list[Stretch]) -> list[Point]:
    return [
        {"minutes": one.ends_s / 60, "cpu_s_per_min": one.cpu_s_per_min, "rss_mib": one.rss_mib}
        for one in stretches
    ]


async def main(*, quick: bool) -> dict[str, Any]:
    course = Course(1, 3.0, 2.0, Answer.SHORT)
    with ProcessPoolExecutor(1, get_context("spawn")) as beside:
        visiting = asyncio.get_running_loop().run_in_executor(beside, visit, 600 if quick else 4 * 3600)
        say("messages and answers of different sizes; beside them one long visit")
        messages, lengths = await asyncio.gather(
            by_message(
                [20, 200] if quick else [20, 50, 100, 200],
                course if quick else replace(course, answer=Answer.LONG),
            ),
            by_length([1, 2] if quick else [1, 3, 6, 12], course),
        )
        conversation = growth(await visiting)
    say("more and more devices")
    devices = await by_devices([4] if quick else [1, 2, 4, 8, 16], course)
    return {
        "machine": machine(),
        "conversation": conversation,
        "messages": messages,
        "lengths": lengths,
        "devices": devices,
    }


def say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", type=Path, metavar="FILE")
    args = parser.parse_args()
    result = asyncio.run(main(quick=args.quick))
    for name, points in result.items():
        if isinstance(points, list):
            print(name, *points, sep="\n  ")
    if args.json:
        args.json.write_text(json.dumps(result))
