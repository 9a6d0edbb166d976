"""The benchmarks of the page, each a program that hands over JSON; what one found is kept until it is run again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Timer
from time import monotonic
from typing import Any

from .machine import machine
from .sections import FAILED

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class Job:
    """`whole`, `quick`: its arguments. `limit_s`: it hangs if it takes longer. `prints`: text, not JSON. `slow`: it is
    no part of `--quick`.
    """

    name: str
    whole: tuple[str, ...] = ()
    quick: tuple[str, ...] = ("--quick",)
    limit_s: float = 900.0
    prints: bool = False
    slow: bool = False

    def run(self, folder: Path, *, quick: bool) -> None:
        """Leaves its result in the folder, or why there is none."""
        file = self.result(folder)
        file.unlink(missing_ok=True)
        arguments = self.quick if quick else self.whole
        command = [sys.executable, "-m", f"benchmarks.{self.name}", *arguments]
        tell(f"{self.name}: {' '.join(command[1:])}")
        began = monotonic()
        failed = self._follow(command if self.prints else [*command, "--json", str(file)], folder)
        if self.prints and not failed:
            text = self._log(folder).read_text().strip()
            file.write_text(json.dumps({"machine": machine(), "text": text}))
        if not (failed or file.exists()):
            failed = "it ended without a result"
        if failed:
            file.write_text(json.dumps({FAILED: failed}))
        tell(f"{self.name}: {failed or 'done'} after {monotonic() - began:.0f} s")

    def _follow(self, command: list[str], folder: Path) -> str:
        """Tells what it tells; what it prints besides is in its log. Returns why it failed."""
        with (
            self._log(folder).open("w") as log,
            subprocess.Popen(  # noqa: S603
                command, stdout=log, stderr=subprocess.PIPE, text=True, start_new_session=True, cwd=ROOT
            ) as process,
        ):
            late = Event()

            def give_up() -> None:
                late.set()
                _end(process)

            timer = Timer(self.limit_s, give_up)
            timer.start()
            try:
                assert process.stderr
                last = ""
                for line in process.stderr:
                    last = line.strip() or last
                    tell(f"  {line.rstrip()}")
                process.wait()
            finally:
                timer.cancel()
                _end(process)
        if late.is_set():
            return f"it took longer than {self.limit_s:.0f} s"
        return (last or f"it ended with {process.returncode}") if process.returncode else ""

    def _log(self, folder: Path) -> Path:
        return folder / f"{self.name}.log"

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
    Job("sound", ("--faults", "40"), limit_s=1500.0, slow=True),
    Job("tools", (), prints=True),
    Job("blocked_tools", (), prints=True),
    Job("gate", ("--quick",), prints=True, slow=True),
    Job("echo", ("--quick",), prints=True, slow=True),
)


def _end(process: subprocess.Popen[str]) -> None:
    """With all that it started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def tell(words: str) -> None:
    print(words, file=sys.stderr, flush=True)
