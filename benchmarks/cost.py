"""What the agent costs, beside a bare client in the same run, over TLS: CPU at rest, talking and answering, each
part's share of it, memory, threads, wake-ups, start.

python -m benchmarks.cost [--quick] [--rounds N] [--turns N] [--json FILE]

Measured from outside, as in benchmarks.peers; the parts alone, as benchmarks.parts says. Ratios are to the bare client
of the same round; all figures are medians of rounds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

from . import measure, parts
from .machine import machine
from .measure import Spent
from .peers.drive import Course, Run, drive
from .peers.environments import DRIVERS
from .secure import Answer, secure_service

KEPT_OPEN = {"EDGE_AGENT_LIMITS_IDLE_CLOSE_S": "0"}
CLOSED = {"EDGE_AGENT_LIMITS_IDLE_CLOSE_S": "1"}
WITHOUT_ECHO = KEPT_OPEN | {"EDGE_AGENT_AUDIO_ECHO": "off"}
WITHOUT_SILERO = KEPT_OPEN | {"EDGE_AGENT_GATE_CONFIRM": "off"}


@dataclass(frozen=True, slots=True)
class Case:
    """`talks`: else it only rests."""

    name: str
    driver: str = "edge_agent"
    hands_free: bool = False
    settings: tuple[tuple[str, str], ...] = tuple(KEPT_OPEN.items())
    talks: bool = True


BARE = Case("bare client", "bare")
BUTTON = Case("button, link up")
CASES = (
    BARE,
    BUTTON,
    Case("button, link closed", settings=tuple(CLOSED.items()), talks=False),
    Case("button, echo off", settings=tuple(WITHOUT_ECHO.items())),
    Case("hands-free, link up", hands_free=True),
    Case("hands-free, link closed", hands_free=True, settings=tuple(CLOSED.items()), talks=False),
    Case("hands-free, no Silero", hands_free=True, settings=tuple(WITHOUT_SILERO.items())),
)


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    value: Callable[[Run], float]
    ratio: bool = False  # beside the bare client's
    talks: bool = True  # of who talks only


ROWS = (
    Row("talking, CPU s/min", lambda run: run.talking.cpu_s_per_min, ratio=True),
    Row("answering, CPU s/min", lambda run: run.answering.cpu_s_per_min, ratio=True),
    Row("both, CPU s/min", lambda run: (run.talking + run.answering).cpu_s_per_min, ratio=True),
    Row("first turn, CPU s", lambda run: run.first.cpu_s),
    Row("at rest, % of a core", lambda run: run.resting.cpu_s_per_min / 0.6, talks=False),
    Row("wake-ups/s talking", lambda run: run.talking.wakeups_per_s),
    Row("wake-ups/s answering", lambda run: run.answering.wakeups_per_s),
    Row("wake-ups/s at rest", lambda run: run.resting.wakeups_per_s, talks=False),
    Row("PSS at rest, MiB", lambda run: run.rested.pss_mib, talks=False),
    Row("PSS after talking, MiB", lambda run: run.size.pss_mib),
    Row("RSS after talking, MiB", lambda run: run.size.rss_mib),
    Row("threads", lambda run: run.size.threads, talks=False),
    Row("import, s", lambda run: run.imported_s, talks=False),
    Row("start to ready, s", lambda run: run.ready_s, talks=False),
)

Runs = dict[str, list[Run]]


async def measured(course: Course, rounds: int, *, at_once: bool) -> Runs:
    """`at_once`: quicker, and each costs a little more beside the others."""
    runs: Runs = {case.name: [] for case in CASES}
    for number in range(rounds):
        print(f"round {number + 1} of {rounds}, load {measure.load():.1f}", file=sys.stderr, flush=True)
        for cases in [CASES] if at_once else [(case,) for case in CASES]:
            for case, run in zip(
                cases, await asyncio.gather(*(_run(one, course) for one in cases)), strict=True
            ):
                runs[case.name].append(run)
    return runs


async def _run(case: Case, course: Course) -> Run:
    async with secure_service(course.answer) as service:
        return await drive(
            Path(sys.executable),
            DRIVERS / f"drive_{case.driver}.py",
            service,
            course if case.talks else replace(course, turns=0),
            hands_free=case.hands_free,
            settings=dict(case.settings),
        )


def cell(row: Row, case: Case, runs: Runs) -> tuple[float, float | None] | None:
    """(median, median of the ratios to the bare client)."""
    if row.talks and not case.talks:
        return None
    values = [row.value(run) for run in runs[case.name]]
    if not row.ratio:
        return median(values), None
    floor = [row.value(run) for run in runs[BARE.name]]
    return median(values), median(ours / bare for ours, bare in zip(values, floor, strict=True))


def table(runs: Runs) -> str:
    lines = [f"{'':24}" + "".join(f"{case.name:>25}" for case in CASES)]
    for row in ROWS:
        cells = [cell(row, case, runs) for case in CASES]
        shown = [
            "-" if seen is None else f"{seen[0]:.2f}" + (f" {seen[1]:.2f}x" if seen[1] is not None else "")
            for seen in cells
        ]
        lines.append(f"{row.name:24}" + "".join(f"{text:>25}" for text in shown))
    return "\n".join(lines)


def shares(runs: Runs) -> dict[str, dict[str, float]]:
    """CPU s a minute, button mode: of the parts alone, of waking up, and of what they leave of either thread."""
    wakeup_s = parts.wakeup_us() / 1e6
    found = {}
    for phase, alone in (("talking", parts.talking()), ("answering", parts.answering())):
        spent: list[Spent] = [getattr(run, phase) for run in runs[BUTTON.name]]
        per_min = [60 / one.lasted_s for one in spent]
        total = median(one.cpu_s_per_min for one in spent)
        loop = median(one.main_cpu_s * times for one, times in zip(spent, per_min, strict=True))
        wakeups = median(one.switches * times for one, times in zip(spent, per_min, strict=True))
        in_loop = median(one.main_switches * times for one, times in zip(spent, per_min, strict=True))
        in_sound = sum(value for part, value in alone.items() if part in parts.SOUND)
        found[phase] = {
            **alone,
            "waking up": wakeups * wakeup_s,
            "rest of the sound": total - loop - in_sound - (wakeups - in_loop) * wakeup_s,
            "rest of the loop": loop - (sum(alone.values()) - in_sound) - in_loop * wakeup_s,
            "total": total,
        }
    return found


def shares_table(found: dict[str, dict[str, float]]) -> str:
    lines = [f"{'part':20}" + "".join(f"{phase + ', CPU s/min':>24}{'share':>8}" for phase in found)]
    for part in dict.fromkeys(part for seen in found.values() for part in seen):
        cells = ""
        for seen in found.values():
            cells += (
                f"{seen[part]:24.3f}{seen[part] / seen['total']:8.0%}" if part in seen else f"{'-':>24}{'':8}"
            )
        lines.append(f"{part:20}{cells}")
    return "\n".join(lines)


def document(runs: Runs, course: Course, found: dict[str, dict[str, float]], alone: dict[str, float]) -> Any:
    """All of it, for who writes a report."""
    return {
        "machine": machine(),
        "course": {"turns": course.turns, "talk_s": course.talk_s, "idle_s": course.idle_s},
        "rows": [
            {
                "name": row.name,
                "cases": {
                    case.name: {"median": seen[0], "ratio": seen[1]}
                    for case in CASES
                    if (seen := cell(row, case, runs))
                },
            }
            for row in ROWS
        ],
        "shares": found,
        "alone": alone,
        "runs": {name: [asdict(run) for run in of] for name, of in runs.items()},
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cost", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="one round of short turns, all at once; no parts"
    )
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--turns", type=int, default=2, help="of a round, without --quick")
    parser.add_argument("--json", type=Path, metavar="FILE")
    args = parser.parse_args()
    course = Course(args.turns, 8.0, 6.0)
    if args.quick:
        course = Course(1, 3.0, 3.0, Answer.SHORT)
    runs = asyncio.run(measured(course, args.rounds or (1 if args.quick else 3), at_once=args.quick))
    print(table(runs))
    found: dict[str, dict[str, float]] = {}
    alone: dict[str, float] = {}
    if not args.quick:
        found = shares(runs)
        print()
        print(shares_table(found))
        alone = parts.hands_free()
        print(
            "hands-free, alone: "
            + ", ".join(f"{part} {value:.3f} CPU s/min" for part, value in alone.items())
        )
    if args.json:
        args.json.write_text(json.dumps(document(runs, course, found, alone), indent=1))


if __name__ == "__main__":
    main()
