"""edge-agent volume: show or change the volume of the running device."""

from __future__ import annotations

import argparse
from typing import Any

from .exits import OK, USAGE
from .output import complain, say
from .running_device import ask, warn_unless_saved


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("level", nargs="?", metavar="0-100|up|down")


def run(args: argparse.Namespace) -> int:
    arguments: dict[str, Any] = {}
    if args.level in ("up", "down"):
        arguments = {"steps": 1 if args.level == "up" else -1}
    elif args.level is not None:
        if not args.level.isdecimal() or int(args.level) > 100:
            complain(f"{args.level!r} must be 0 to 100, up or down")
            return USAGE
        arguments = {"percent": int(args.level)}
    answer = ask("volume" if arguments else "status", **arguments)
    if arguments:
        warn_unless_saved(answer)
    say(f"{answer['volume']} %")
    return OK
