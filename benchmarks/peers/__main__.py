"""The agent beside its peers, all in one run; ratios are to the bare client of the same round, medians of rounds.

python -m benchmarks.peers [--quick] [--only NAME ...] [--rounds N] [--json FILE] [--folder FOLDER]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from .. import measure
from ..machine import machine
from ..secure import Answer, secure_service
from .drive import Course, DriverFailed, Run, drive
from .environments import FOLDER, PEERS, Peer

WHOLE, WHOLE_ROUNDS = Course(turns=2, talk_s=8.0, idle_s=6.0), 3
QUICK, QUICK_ROUNDS = Course(turns=1, talk_s=3.0, idle_s=2.0, answer=Answer.SHORT), 1


@dataclass(frozen=True, slots=True)
class Row:
    """`ratio`: beside the bare client's."""

    name: str
    value: Callable[[Run], float]
    mode: str = "button"
    ratio: bool = False


ROWS = (
    Row("import, s", lambda run: run.imported_s),
    Row("start to ready, s", lambda run: run.ready_s),
    Row("talking, CPU s/min", lambda run: run.talking.cpu_s_per_min, ratio=True),
    Row("answering, CPU s/min", lambda run: run.answering.cpu_s_per_min, ratio=True),
    Row("both, CPU s/min", lambda run: (run.talking + run.answering).cpu_s_per_min, ratio=True),
    Row("first turn, CPU s", lambda run: run.first.cpu_s),
    Row("at rest, link up, % of a core", lambda run: run.resting.cpu_s_per_min / 0.6),
    Row("wake-ups/s talking", lambda run: run.talking.wakeups_per_s),
    Row("wake-ups/s answering", lambda run: run.answering.wakeups_per_s),
    Row("wake-ups/s at rest", lambda run: run.resting.wakeups_per_s),
    Row("PSS, MiB", lambda run: run.size.pss_mib, ratio=True),
    Row("RSS, MiB", lambda run: run.size.rss_mib),
    Row("threads", lambda run: run.size.threads),
    Row("sent of a turn, s", lambda run: run.sent_s),
    Row("hands-free: listening, % of a core", lambda run: run.resting.cpu_s_per_min / 0.6, "hands-free"),
    Row("hands-free: wake-ups/s listening", lambda run: run.resting.wakeups_per_s, "hands-free"),
    Row("hands-free: talking, CPU s/min", lambda run: run.talking.cpu_s_per_min, "hands-free"),
    Row("hands-free: answering, CPU s/min", lambda run: run.answering.cpu_s_per_min, "hands-free"),
    Row("hands-free: PSS, MiB", lambda run: run.size.pss_mib, "hands-free"),
    Row("hands-free: threads", lambda run: run.size.threads, "hands-free"),
    Row("hands-free: sent of a turn, s", lambda run: run.sent_s, "hands-free"),
)

Runs = dict[tuple[str, str], list[Run | None]]  # peer, mode -> by round


async def measured(peers: list[Peer], folder: Path, course: Course, rounds: int, *, at_once: bool) -> Runs:
    """`at_once`: quicker, and each costs a little more beside the others."""
    runs: Runs = {(peer.name, mode): [] for peer in peers for mode in peer.modes}
    every = [(peer, mode) for peer in peers for mode in peer.modes]
    for number in range(rounds):
        print(f"round {number + 1} of {rounds}, load {measure.load():.1f}", file=sys.stderr, flush=True)
        for some in [every] if at_once else [[one] for one in every]:
            found = await asyncio.gather(*(_run(peer, mode, folder, course) for peer, mode in some))
            for (peer, mode), run in zip(some, found, strict=True):
                runs[peer.name, mode].append(run)
    return runs


async def _run(peer: Peer, mode: str, folder: Path, course: Course) -> Run | None:
    async with secure_service(course.answer) as service:
        try:
            return await drive(
                peer.python(folder), peer.driver, service, course, hands_free=mode == "hands-free"
            )
        except DriverFailed as failure:
            print(failure, file=sys.stderr, flush=True)
            return None


def cell(row: Row, peer: str, runs: Runs) -> tuple[float, float | None] | None:
    """(median, median of the ratios to the bare client), if there is any."""
    ours = runs.get((peer, row.mode), [])
    values = [row.value(run) for run in ours if run]
    if not values:
        return None
    if not row.ratio:
        return median(values), None
    floor = runs.get(("bare", row.mode), [])
    ratios = [
        row.value(run) / row.value(bare) for run, bare in zip(ours, floor, strict=False) if run and bare
    ]
    return median(values), median(ratios) if ratios else None


def table(peers: list[Peer], runs: Runs) -> str:
    lines = [f"{'':36}" + "".join(f"{peer.name:>16}" for peer in peers)]
    for row in ROWS:
        cells = [cell(row, peer.name, runs) for peer in peers]
        shown = [
            "-" if seen is None else f"{seen[0]:.2f}" + (f" {seen[1]:5.2f}x" if seen[1] is not None else "")
            for seen in cells
        ]
        lines.append(f"{row.name:36}" + "".join(f"{text:>16}" for text in shown))
    return "\n".join(lines)


def document(peers: list[Peer], runs: Runs, course: Course, versions: dict[str, dict[str, str]]) -> Any:
    """All of it, for who writes a report."""
    return {
        "machine": machine(),
        "course": {"turns": course.turns, "talk_s": course.talk_s, "idle_s": course.idle_s},
        "versions": versions,
        "rows": [
            {
                "name": row.name,
                "peers": {
                    peer.name: {"median": seen[0], "ratio": seen[1]}
                    for peer in peers
                    if (seen := cell(row, peer.name, runs))
                },
            }
            for row in ROWS
        ],
        "runs": {f"{peer} {mode}": [run and asdict(run) for run in of] for (peer, mode), of in runs.items()},
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    names = [peer.name for peer in PEERS]
    parser.add_argument("--quick", action="store_true", help="one round of short turns, all at once")
    parser.add_argument("--only", nargs="+", choices=names, default=names, metavar="NAME")
    parser.add_argument("--rounds", type=int, help=f"{WHOLE_ROUNDS}; quick: {QUICK_ROUNDS}")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--folder", type=Path, default=FOLDER, help=f"for the environments: {FOLDER}")
    args = parser.parse_args()
    course = QUICK if args.quick else WHOLE
    rounds = args.rounds or (QUICK_ROUNDS if args.quick else WHOLE_ROUNDS)
    peers = [peer for peer in PEERS if peer.name in args.only]
    for peer in peers:
        peer.install(args.folder)
    versions = {peer.name: peer.versions(args.folder) for peer in peers}
    runs = asyncio.run(measured(peers, args.folder, course, rounds, at_once=args.quick))
    for name, packages in versions.items():
        print(f"{name}: {', '.join(f'{package} {version}' for package, version in packages.items())}")
    print(table(peers, runs))
    if args.json:
        args.json.write_text(json.dumps(document(peers, runs, course, versions), indent=1))


if __name__ == "__main__":
    main()
