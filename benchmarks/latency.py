"""How quick the whole agent is, over TLS on loopback, at rest and under load.

python -m benchmarks.latency [--quick] [--turns N] [--json FILE]

Several devices, each in a process of its own with a service of its own, hold turns of a second: people press buttons
and speak at any moment, and break into the answer, which is a tone, or spoken where a voice breaks in. What happened
is taken from the timeline, from the service's own record, and from the sound at the simulated card, by the card's
clock. Under load, the event loop of each device is kept busy for up to 20 ms again and again, and a program beside them
takes all the CPU it gets.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from .machine import machine
from .moments import Latencies
from .quantiles import quantile
from .start import starts_ms
from .turns import Result

WHOLE = {"button": (2, 200), "hands-free": (4, 200), "reconnect": (2, 200)}  # devices, turns of all of them
QUICK = {"button": (1, 12), "hands-free": (2, 12), "reconnect": (1, 12)}
STARTS, STARTS_QUICK = 30, 5
LIMITS_MS = {
    "press to first audio sent": 60.0,
    "release to commit sent": 60.0,
    "first delta to first sample": 190.0,  # 150 of them are the prebuffer
    "button to silent speaker": 80.0,
    "voice to silent speaker": 250.0,
}

Plan = dict[str, tuple[int, int]]


async def measure(plan: Plan, *, loaded: bool) -> Result:
    with tempfile.TemporaryDirectory() as folder:
        async with _hog(needed=loaded), asyncio.TaskGroup() as group:
            for kind, (devices, turns) in plan.items():
                for number in range(devices):
                    file = Path(folder) / f"{kind}-{number}.json"
                    group.create_task(_device(kind, turns // devices, file, loaded=loaded))
        return _together(Path(folder))


def _together(folder: Path) -> Result:
    results = [Result(**json.loads(file.read_text())) for file in sorted(folder.iterdir())]
    found: Latencies = {}
    for result in results:
        for name, values in result.found.items():
            found.setdefault(name, []).extend(values)
    return Result(found, sum(one.answers for one in results), sum(one.starved for one in results))


async def _device(kind: str, turns: int, file: Path, *, loaded: bool) -> None:
    command = ["-m", "benchmarks.turns", kind, str(turns), str(file), *(["--loaded"] if loaded else [])]
    process = await asyncio.create_subprocess_exec(sys.executable, *command)
    try:
        if await process.wait():
            raise ChildProcessError(f"the {kind} device failed")
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


@asynccontextmanager
async def _hog(*, needed: bool) -> AsyncIterator[None]:
    """A program that takes all the CPU it gets."""
    if not needed:
        yield
        return
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", "while True: pass")
    try:
        yield
    finally:
        process.kill()
        await process.wait()


def table(conditions: dict[str, Latencies]) -> str:
    lines = [f"{'ms':48}" + "".join(f"{name:>10}, n  median     p95     p99" for name in conditions)]
    for name in dict.fromkeys(name for found in conditions.values() for name in found):
        line = f"{name:48}"
        for found in conditions.values():
            values = found.get(name, [])
            shown = "".join(f"{quantile(values, at):8.1f}" for at in (0.5, 0.95, 0.99)) if values else ""
            line += f"{len(values):13}{shown}"
        lines.append(line)
    return "\n".join(lines)


async def main(plan: Plan, starts: int) -> dict[str, Any]:
    results = {}
    for name in ("at rest", "under load"):
        turns = ", ".join(f"{turns} {kind}" for kind, (_, turns) in plan.items())
        print(f"latencies {name}: {turns}", file=sys.stderr, flush=True)
        results[name] = await measure(plan, loaded=name == "under load")
    conditions = {name: result.found for name, result in results.items()}
    conditions["at rest"] |= await starts_ms(starts)
    return {
        "machine": machine(),
        "limits": LIMITS_MS,
        "conditions": conditions,
        "answers": {name: result.answers for name, result in results.items()},
        "starved": {name: result.starved for name, result in results.items()},
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.latency", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="12 turns of each kind")
    parser.add_argument("--turns", type=int, help="of each kind")
    parser.add_argument("--json", type=Path, metavar="FILE")
    args = parser.parse_args()
    plan = QUICK if args.quick else WHOLE
    if args.turns:
        plan = {kind: (devices, args.turns) for kind, (devices, _) in plan.items()}
    result = asyncio.run(main(plan, STARTS_QUICK if args.quick else STARTS))
    print(table(result["conditions"]))
    print("answers that ran dry:", result["starved"], "of", result["answers"])
    if args.json:
        args.json.write_text(json.dumps(result))
