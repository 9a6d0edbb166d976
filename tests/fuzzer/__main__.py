"""`python -m tests.fuzzer --histories 20000 --seed 0`, or `--seed N --trace` to look at one."""

from __future__ import annotations

from argparse import ArgumentParser
from collections import Counter
from functools import partial
from multiprocessing import Pool
from time import monotonic

from .run import Result, run, shrink, traced


def main() -> None:
    parser = ArgumentParser(prog="python -m tests.fuzzer", description=__doc__)
    parser.add_argument("--histories", type=int, default=1, help="how many")
    parser.add_argument("--seed", type=int, default=0, help="of the first")
    parser.add_argument("--processes", type=int, default=2, help="at once")
    parser.add_argument("--trace", action="store_true", help="show the first history, event by event")
    parser.add_argument("--shrink", metavar="KIND", help="look for the smallest plan with this complaint")
    parser.add_argument("--duplex", action="store_true", help="of the machine for GPT-Live")
    options = parser.parse_args()
    if options.shrink:
        plan = shrink(options.seed, options.shrink, duplex=options.duplex)
        print("\n".join(traced(options.seed, plan, duplex=options.duplex) if options.trace else ()))
        print(plan)
    elif options.trace:
        print("\n".join(traced(options.seed, duplex=options.duplex)))
    else:
        seeds = range(options.seed, options.seed + options.histories)
        _many(seeds, options.processes, duplex=options.duplex)


def _many(seeds: range, processes: int, *, duplex: bool) -> None:
    began = monotonic()
    found: dict[str, Result] = {}
    counts: Counter[str] = Counter()
    with Pool(processes) as pool:
        for result in pool.imap(partial(run, duplex=duplex), seeds, chunksize=50):
            for kind in result.kinds:
                counts[kind] += 1
                found.setdefault(kind, result)
    took_s = monotonic() - began
    print(f"{len(seeds)} histories in {took_s:.0f} s, {len(seeds) / took_s:.0f} a second")
    for kind, count in counts.most_common():
        first = found[kind]
        text = next(text for one, text in first.complaints if one == kind)
        print(f"{count:6} {kind}: first seed {first.seed}, {text}")


if __name__ == "__main__":
    main()
