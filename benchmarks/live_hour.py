"""An hour with GPT-Live in which much goes wrong: python -m benchmarks.live_hour [--minutes N] [--seed N]

In audio time: the real engine, machine and codec, and the simulated service. Somebody says a known line after another,
by hand or hands-free; links break, are refused and stall, sessions end with each reason. What the service has heard,
what it would bill, and what the device has booked are compared.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict

from edge_agent.simulator.live.live_door import AZURE_LIVE, OPENAI_LIVE
from tests.live_hour import Conversation

KINDS = [("button", OPENAI_LIVE), ("hands-free", OPENAI_LIVE), ("hands-free", AZURE_LIVE)]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.live_hour", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0, help="of audio time, each")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    ok = True
    for number, (mode, door) in enumerate(KINDS):
        hour = Conversation(options.seed + number, mode, door).run(options.minutes)
        ok &= hour.is_right
        print(f"{mode}, {door.name}: {'right' if hour.is_right else 'WRONG'}")
        for name, value in asdict(hour).items():
            print(f"  {name:24} {round(value, 1) if isinstance(value, float) else value}")
    sys.exit(not ok)


if __name__ == "__main__":
    main()
