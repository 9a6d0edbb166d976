"""A button that follows a script or a keyboard."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ..vocabulary import events as e
from ..vocabulary.actions import ACTIONS
from ..vocabulary.frozen import frozen

STEPS: dict[str, e.Event] = {**ACTIONS, "stop": e.StopRequested()}
KEYS: dict[str, e.Event] = {
    "m": e.MuteSwitched(),
    "i": e.InterruptRequested(),
    "f": e.ForgetRequested(),
    "q": e.StopRequested(),
}


@frozen
class PanelStep:
    at_s: float
    event: e.Event


def parse_script(text: str) -> list[PanelStep]:
    """`press@1.0 release@3.2 ...`, in seconds since the card began. Raises ValueError with a sentence."""
    steps = []
    for word in text.split():
        match = re.fullmatch(r"([a-z]+)@(\d+(?:\.\d+)?)", word)
        if not match or match[1] not in STEPS:
            listed = ", ".join(STEPS)
            raise ValueError(f"{word!r} must be ACTION@SECONDS, as in press@1.0; actions: {listed}")
        steps.append(PanelStep(float(match[2]), STEPS[match[1]]))
    if not steps:
        raise ValueError("the script is empty; write for example 'press@1.0 release@3.2'")
    return sorted(steps, key=lambda step: step.at_s)


async def follow_script(steps: list[PanelStep], post: Callable[[e.Event], None]) -> None:
    """Posts each event at its time, counted from now."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    for step in steps:
        await asyncio.sleep(began + step.at_s - loop.time())
        post(step.event)


@contextmanager
def keyboard(on_key: Callable[[str], None]) -> Iterator[None]:
    """Reads single keys from the terminal inside the block. Raises OSError without a terminal."""
    import termios
    import tty

    if not sys.stdin.isatty():
        raise OSError("--keyboard needs a terminal; use --button with a script instead")
    before = termios.tcgetattr(sys.stdin)
    loop = asyncio.get_running_loop()
    tty.setcbreak(sys.stdin)
    terminal = sys.stdin.fileno()

    def read() -> None:
        for key in os.read(terminal, 64).decode("ascii", "replace"):
            on_key(key)

    loop.add_reader(terminal, read)  # not through sys.stdin: it would keep the second of two quick keys
    try:
        yield
    finally:
        loop.remove_reader(terminal)
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
