"""The benchmarks of the page, each a program that hands over JSON; what one found is kept until it is run again."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from .sections import FAILED


@dataclass(frozen=True, slots=True)
class Job:
    """`whole`, `quick`: its arguments. `limit_s`: it hangs if it takes longer."""

    name: str
    whole: tuple[str, ...] = ()
    quick: tuple[str, ...] = ("--quick",)
    limit_s: float = 900.0

    def run(self, folder: Path, *, quick: bool) -> None:
        """Leaves its result in the folder, or why there is none."""
        file = self.result(folder)
        file.unlink(missing_ok=True)
        arguments = self.quick if quick else self.whole
        command = [sys.executable, "-m", f"benchmarks.{self.name}", *arguments, "--json", str(file)]
        tell(f"{self.name}: {' '.join(command[1:-2])}")
        began, failed = monotonic(), ""
        with (folder / f"{self.name}.log").open("w+") as log:
            try:
                done = subprocess.run(command, stdout=log, stderr=log, timeout=self.limit_s)  # noqa: S603
            except subprocess.TimeoutExpired:
                failed = f"it took longer than {self.limit_s:.0f} s"
            else:
                if done.returncode or not file.exists():
                    log.seek(0)
                    failed = (log.read().strip().splitlines() or ["it ended without a result"])[-1]
        if failed:
            file.write_text(json.dumps({FAILED: failed}))
        tell(f"{self.name}: {failed or 'done'} after {monotonic() - began:.0f} s")

    def result(self, folder: Path) -> Path:
        return folder / f"{self.name}.json"

    def load(self, folder: Path) -> dict[str, Any]:
        try:
            found: dict[str, Any] = json.loads(self.result(folder).read_text())
        except (OSError, ValueError):
            return {FAILED: "it was not run"}
        return found


JOBS = (
    Job("latency"),
    Job("cost", ("--rounds", "1")),
    Job("peers", ("--rounds", "2"), limit_s=1800.0),
    Job("scale"),
)


def tell(words: str) -> None:
    print(words, file=sys.stderr, flush=True)
