"""What commands share: reading the configuration, saying what is wrong, logging."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..config import Config, Problem, load
from ..host.journal.handler import quiet_libraries
from ..realtime.errors import LinkFailure, Next
from . import CONFIGURATION, FAILED, OK, Stop

__all__ = ["Stop"]


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


def complain(text: str) -> None:
    print(f"edge-agent: {text}", file=sys.stderr, flush=True)


@contextmanager
def writing(path: str) -> Iterator[None]:
    """Raises an OSError of the block again, with the name of the file."""
    try:
        yield
    except OSError as error:
        raise OSError(f"{path}: cannot be written ({error.strerror})") from None


def read_config(path: str | None, flags: dict[tuple[str, str], Any] | None = None) -> Config:
    """The configuration; with problems, each is said and Stop(78) raised."""
    config, problems = load(Path(path) if path else None, flags=flags)
    if problems:
        report(problems)
        raise Stop(CONFIGURATION)
    return config


def report(problems: list[Problem]) -> None:
    for problem in problems:
        complain(str(problem))


def is_unicode(argument: str) -> bool:
    """Whether a word of the command line is text; bytes that are not are kept in it as surrogates."""
    return not any("\udc80" <= char <= "\udcff" for char in argument)


def exit_code(failure: LinkFailure) -> int:
    return CONFIGURATION if failure.next is Next.FIX else FAILED


def log_to_stderr(*, verbose: bool, quiet: bool = False) -> None:
    """`quiet`: the command says itself what goes wrong."""
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.INFO if verbose else logging.ERROR if quiet else logging.WARNING,
        format="%(asctime)s %(levelname)-7s %(message)s",
        datefmt="%H:%M:%S",
    )
    quiet_libraries()
