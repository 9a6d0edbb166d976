"""Storms of signals, reloads and requests over a device that is told to stop: does each end, in time and well?

python -m benchmarks.storms [--count 200] [--first SEED] [--at-once 2]
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from pathlib import Path

from tests.wish_storms import GONE_S, Outcome, storm

from .quantiles import quantile


async def run(seeds: range, at_once: int) -> list[Outcome]:
    places = asyncio.Semaphore(at_once)

    async def one(seed: int) -> Outcome:
        async with places:
            with tempfile.TemporaryDirectory() as folder:
                outcome = await storm(seed, Path(folder))
        if not outcome.is_good:
            print(f"storm {seed}: {outcome}")
        return outcome

    return await asyncio.gather(*map(one, seeds))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.storms", description=__doc__)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--first", type=int, default=0, metavar="SEED")
    parser.add_argument("--at-once", type=int, default=2)
    args = parser.parse_args()
    outcomes = asyncio.run(run(range(args.first, args.first + args.count), args.at_once))
    took_s = sorted(outcome.took_s for outcome in outcomes)
    good = sum(outcome.is_good for outcome in outcomes)
    print(f"{good} of {len(outcomes)} ended with exit code 0 within {GONE_S:.0f} s of the first wish to end")
    print(
        f"seconds: median {quantile(took_s, 0.5):.2f}, 95 % {quantile(took_s, 0.95):.2f}, worst {took_s[-1]:.2f}"
    )
    raise SystemExit(good < len(outcomes))


if __name__ == "__main__":
    main()
