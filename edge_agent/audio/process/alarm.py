"""What a process that opens sound devices lays on itself, because they may hang; and how it ended."""

from __future__ import annotations

import signal

from ..library_words import last_words


def alarm(seconds: float) -> None:
    """The kernel ends this process (SIGALRM) unless this is called again within `seconds`; 0: no alarm."""
    signal.setitimer(signal.ITIMER_REAL, seconds)


def how_it_ended(code: int, text: str = "") -> str:
    """Of an exit code as subprocess has it: below 0, a signal. As in "crashed (SIGSEGV)". `text`: what it wrote to its
    standard error."""
    how = f"crashed ({signal.Signals(-code).name})" if code < 0 else f"ended with code {code}"
    why = last_words(text)
    return f"{how}: {why}" if why else how
