"""Measures what docs/performance.md says, and writes it, with its pictures beside it.

python -m benchmarks [--quick] [--out FILE] [--only [NAME ...]] [--resume] [--folder FOLDER]

What each benchmark found is kept in the folder, with its log, and those of --quick apart from the others.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from .jobs import JOBS, tell
from .page import page
from .peers.environments import FOLDER as ENVIRONMENTS
from .peers.environments import PEERS, ROOT

OUT = Path("docs/performance.md")


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    names = [job.name for job in JOBS]
    parser.add_argument(
        "--quick", action="store_true", help="short; peers only if their environments are there"
    )
    parser.add_argument("--out", type=Path, default=ROOT / OUT, metavar="FILE", help=f"{OUT}")
    parser.add_argument("--only", nargs="*", choices=names, metavar="NAME", help="; ".join(names))
    parser.add_argument("--resume", action="store_true", help="only those without a result")
    parser.add_argument("--folder", type=Path, default=ROOT / ".bench", help="for the results: .bench")
    args = parser.parse_args()
    folder = args.folder / ("quick" if args.quick else "whole")
    folder.mkdir(parents=True, exist_ok=True)
    for job in JOBS:
        if job.name not in (names if args.only is None else args.only):
            continue
        if args.resume and job.result(folder).exists():
            continue
        if args.quick and job.slow:
            continue
        if args.quick and job.name == "peers" and not _installed():
            tell("peers: their environments are not there; python -m benchmarks.peers makes them")
            continue
        job.run(folder, quick=args.quick)
    results = {job.name: job.load(folder) for job in JOBS}
    pictures = args.out.with_suffix("")
    text, drawn = page(results, pictures.name, quick=args.quick)
    pictures.mkdir(parents=True, exist_ok=True)
    args.out.write_text(text)
    for name, svg in drawn.items():
        (pictures / name).write_text(svg)
    tell(f"{args.out}, and {len(drawn)} pictures in {pictures}")


def _installed() -> bool:
    return all((ENVIRONMENTS / peer.name / "installed.json").exists() for peer in PEERS)


if __name__ == "__main__":
    main()
