"""Output of the commands: results to stdout, complaints to stderr."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from .exits import FAILED, OK, Stop


def say(text: str) -> None:
    """Raises Stop if the output cannot be written; a closed pipe is not an error."""
    try:
        print(text, flush=True)
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what is left is written at the end
        if isinstance(error, BrokenPipeError):
            raise Stop(OK) from None
        complain(f"the output cannot be written ({error.strerror})")
        raise Stop(FAILED) from None


def say_link(link: str) -> None:
    """As a QR code too, if segno is installed."""
    say(link)
    if find_spec("segno"):
        import segno

        segno.make(link, micro=False).terminal(compact=True)


def complain(text: str) -> None:
    print(f"edge-agent: {text}", file=sys.stderr, flush=True)


@contextmanager
def writing(path: str) -> Iterator[None]:
    """Raises an OSError of the block again, with the name of the file."""
    try:
        yield
    except OSError as error:
        raise OSError(f"{path}: cannot be written ({error.strerror})") from None
