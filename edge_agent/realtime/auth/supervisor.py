"""Runs a program, and ends with everything that it has started: python -I -S supervisor.py FD PROGRAM ARGUMENT...

A program for tokens may leave something behind that has a session of its own, or lost its parent. Processes below a
"child subreaper" (prctl(2)) do not get away: when their parent ends, they become its own children. This is a process
of its own since a daemon has other children, and imports little since it starts at each connection.

It ends as the program ended: with its exit code, or by its signal. Where the program cannot be started, the errno of
that is written to FD. SIGTERM ends all of it.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from contextlib import suppress

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36  # linux/prctl.h
GONE_S = 60  # for what was killed; then this process ends without it


def main(report: int, argv: list[str]) -> int:
    """The exit code."""
    signal.signal(signal.SIGTERM, lambda *_: end_all())
    libc = ctypes.CDLL(None)
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    os.set_inheritable(report, False)
    defaults = [signal.SIGPIPE, signal.SIGXFSZ]  # which Python ignores
    try:
        program = os.posix_spawnp(argv[0], argv, os.environ, setsigdef=defaults)
        _, status = os.waitpid(program, 0)
    except ChildProcessError:  # ended by SIGTERM
        return 1
    except OSError as error:
        os.write(report, str(error.errno).encode())
        return 1
    finally:
        end_all()
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        if -code != signal.SIGKILL:
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    return code


def end_all() -> None:
    """Kill what is below this process, until nothing is: a child that dies leaves its own children to it.

    A signal may call it again in the middle of itself.
    """
    signal.alarm(GONE_S)
    while killed := [child for child in children() if kill(child)]:
        for child in killed:
            with suppress(ChildProcessError):
                os.waitpid(child, 0)
    signal.alarm(0)


def kill(process: int) -> bool:
    """False: it is gone, or somebody else's."""
    try:
        os.kill(process, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def children() -> list[int]:
    """Of this process. /proc/PID/stat: the parent comes after the state, which comes after the name in brackets."""
    found = []
    for name in os.listdir("/proc"):  # noqa: PTH208 - pathlib takes longer to import than all the rest
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as file:  # noqa: PTH123
                    parent = int(file.read().rpartition(b")")[2].split()[1])
            except OSError:
                continue
            if parent == os.getpid():
                found.append(int(name))
    return found


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
