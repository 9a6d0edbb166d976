"""Other programs, and what is said while they work."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence


class Refused(Exception):
    """Nothing can be done; the message says why, and what would help, in a line."""


class Console:
    """`name`: of who speaks, before each line."""

    def __init__(self, name: str) -> None:
        self._name = name

    def say(self, text: str) -> None:
        print(f"{self._name}: {text}", flush=True)

    def complain(self, text: str) -> None:
        print(f"{self._name}: {text}", file=sys.stderr, flush=True)

    def show(self, lines: Sequence[str]) -> None:
        """What others said."""
        for line in lines:
            print(f"  {line}", flush=True)


def call(
    *command: str, environ: Mapping[str, str] | None = None, text: str = ""
) -> subprocess.CompletedProcess[str]:
    """Waits for it; `text` is its input. A program that is missing ends with 127."""
    try:
        return subprocess.run(  # noqa: S603 - words of ours
            command,
            env=environ,
            input=text,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    except FileNotFoundError as missing:
        return subprocess.CompletedProcess(command, 127, "", f"{missing.filename} is missing")


def succeeds(*command: str) -> bool:
    return not call(*command).returncode


def told(*command: str) -> str:
    """What it prints, without the line end; empty if it fails."""
    done = call(*command)
    return "" if done.returncode else done.stdout.strip()
