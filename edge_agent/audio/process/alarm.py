"""What a process that opens sound devices lays on itself: they may hang, and their libraries are talkative; and how it
ended."""

from __future__ import annotations

import os
import signal


def alarm(seconds: float) -> None:
    """The kernel ends this process (SIGALRM) unless this is called again within `seconds`; 0: no alarm."""
    signal.setitimer(signal.ITIMER_REAL, seconds)


def hush(*outputs: int) -> None:
    """Nothing that is written to these file descriptors gets anywhere: sound libraries write to 2 what they do
    not find."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for output in outputs:
        os.dup2(nowhere, output)


def how_it_ended(code: int) -> str:
    """Of an exit code as subprocess has it: below 0, a signal. As in "crashed (SIGSEGV)"."""
    return f"crashed ({signal.Signals(-code).name})" if code < 0 else f"ended with code {code}"
