"""What was skipped in a run of all tests: `python -m tests.skips FILE` after `pytest --skips FILE`.

With CI=true it fails where something was skipped that the machine of CI can do: a tool that is missing there must not
make the checks fewer.
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

# How a reason begins that is good on any machine, and where that is tested instead.
ALLOWED_IN_CI = {
    "wants EDGE_AGENT_TEST_HARDWARE=1": "on a desk with a device on it",
    "could not import 'lgpio'": "by scripts/test-device, on simulated pins",
}


def note(path: Path, where: str, why: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps([where, why.removeprefix("Skipped: ")]) + "\n")


def noted(path: Path) -> Counter[tuple[str, str]]:
    """(where, why) of each test that was skipped, and how often."""
    return Counter(tuple(json.loads(line)) for line in path.read_text("utf-8").splitlines())


def report(skips: Counter[tuple[str, str]], environ: Mapping[str, str]) -> int:
    """Lists them; the exit code."""
    strict = environ.get("CI") == "true"
    print(f"{skips.total()} skipped" + ":" * bool(skips))
    failed = 0
    for (where, why), count in sorted(skips.items()):
        instead = next((place for reason, place in ALLOWED_IN_CI.items() if why.startswith(reason)), "")
        failed += strict and not instead
        note = f"; tested {instead}" if instead else "; CI must not skip it" if strict else ""
        print(f"  {where}: {count} ({why}{note})")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(report(noted(Path(sys.argv[1])), os.environ))
