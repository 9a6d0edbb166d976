"""The doctor's checks that need neither sound nor panel, in a process of their own: they open sessions and wait for
names. python -m edge_agent.fleet.quick_checks CONFIG STATE"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

from ..config import load
from .kept import part_in_use
from .own_process import NICE, answer_of

CHECKS_S = 90.0


async def failing(config: Path | None, state: Path, within_s: float = CHECKS_S) -> dict[str, str]:
    """What is wrong with the device as it is configured now, by the names of the checks."""
    arguments = str(config or os.devnull), str(state)
    try:
        output, _ = await answer_of(__spec__.name, *arguments, within_s=within_s)
        found: dict[str, str] = json.loads(output)
    except (TimeoutError, ValueError):
        return {"doctor": "the quick checks did not end"}
    return found


async def _examine(config: Path, state: Path) -> dict[str, str]:
    # here: what only asks need not have it in memory
    from ..doctor.all_checks import Scope, examine

    made, problems = load(config, part=lambda: part_in_use(state))
    scope = Scope(sound=False, panel=False)
    return {
        check.name: check.seen async for check in examine(made, problems, scope) if check.status == "failed"
    }


def main() -> None:
    os.nice(NICE)
    print(json.dumps(asyncio.run(_examine(Path(sys.argv[1]), Path(sys.argv[2])))), flush=True)


if __name__ == "__main__":
    main()
