"""A terminal in a machine, at which somebody types."""

from __future__ import annotations

import os
import select
import subprocess
import time
from typing import Self

from .machine import INSIDE, Machine

PATIENCE_S = 120.0


class Terminal:
    """The login shell of a user. `seen`: all that was shown there."""

    def __init__(self, machine: Machine, user: str) -> None:
        self._command = ["nsenter", "-t", str(machine.leader), "-a", "--"]
        self._command += ["env", "-i", *(f"{name}={value}" for name, value in INSIDE.items())]
        self._command += ["script", "--quiet", "--flush", "--command", f"su - {user}", "/dev/null"]
        self.seen = ""
        self._read = 0  # of `seen`

    def __enter__(self) -> Self:
        self._shell = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        return self

    def __exit__(self, *_: object) -> None:
        assert self._shell.stdin
        assert self._shell.stdout
        self._shell.stdin.close()
        self._shell.stdout.close()
        self._shell.kill()
        self._shell.wait()

    def command(self, line: str) -> None:
        """Once the shell waits for one: sudo takes what is typed before."""
        self.until("$ ")
        self.type(line)

    def type(self, line: str) -> None:
        assert self._shell.stdin
        self._shell.stdin.write(f"{line}\n".encode())
        self._shell.stdin.flush()

    def until(self, words: str) -> None:
        """They are shown, after those that were waited for before."""
        assert self._shell.stdout
        until = time.monotonic() + PATIENCE_S
        while (found := self.seen.find(words, self._read)) < 0:
            assert time.monotonic() < until, f"no {words!r} in: {self.seen[self._read :]}"
            if select.select([self._shell.stdout], [], [], 1)[0]:
                more = os.read(self._shell.stdout.fileno(), 65536)
                assert more, f"the shell has ended: {self.seen[self._read :]}"
                self.seen += more.decode("utf-8", "replace").replace("\r\n", "\n")
        self._read = found + len(words)
