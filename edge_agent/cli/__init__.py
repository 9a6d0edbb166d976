"""The command line: parse, dispatch, exit. What a command needs is imported when it is called."""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from io import TextIOWrapper

from .exits import Stop
from .parser import parse


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit codes: 0 success, 1 failure, 2 usage, 78 configuration."""
    try:
        args = parse(sys.argv[1:] if arguments is None else arguments)
        gc.freeze()  # what was imported stays
        gc.enable()
        if isinstance(sys.stdout, TextIOWrapper):
            sys.stdout.reconfigure(errors="backslashreplace")  # a terminal may not know every character
        result: int = args.run(args)
    except KeyboardInterrupt:
        return 130
    except Stop as stop:
        return stop.code
    return result
