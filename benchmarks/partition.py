"""How soon the link is up again after the network was away: in network namespaces, every packet dropped.

python -m benchmarks.partition [TIMES]       (as root; Linux with iproute2 and nftables)
"""

from __future__ import annotations

import asyncio
import sys
from random import Random
from statistics import median
from time import monotonic

from tests.faults.netns import Spaces, missing

LONGEST_S = 20.0
CONNECT_TIMEOUT_S = "10"  # as configured by default


async def main(times: int) -> None:
    if reason := missing():
        sys.exit(f"cannot be measured here: {reason}")
    random = Random(1)
    noticed_s: list[float] = []
    up_s: list[float] = []
    lived = 0
    async with Spaces() as spaces:
        _, url = await spaces.serve()
        device = await spaces.run(sys.executable, "-m", "tests.faults.link_alone", url, CONNECT_TIMEOUT_S)
        await device.next(event="Connected")
        for command in ("attend", "talk"):
            device.tell(command)
            await device.next(event=command)
        for _ in range(times):
            spaces.partition()
            cut_at = monotonic()
            away_s = random.uniform(1, LONGEST_S)
            try:
                async with asyncio.timeout(away_s):
                    noticed_s.append((await device.next(event="Disconnected"))["t"] - cut_at)
                    await asyncio.sleep(LONGEST_S)
            except TimeoutError:
                spaces.heal()
            healed_at = monotonic()
            if len(noticed_s) == len(up_s) + 1:
                up_s.append((await device.next(event="Connected"))["t"] - healed_at)
            else:
                lived += 1  # it was over before it was noticed
            await asyncio.sleep(random.uniform(1, 3))
    noticed_s.sort()
    up_s.sort()
    print(f"{times} partitions of 1 to {LONGEST_S:.0f} s; {lived} were over before they were noticed")
    print(f"noticed after: median {median(noticed_s):.1f} s, worst {noticed_s[-1]:.1f} s")
    print(f"up again after the network was: median {median(up_s):.1f} s, worst {up_s[-1]:.1f} s")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 25))
