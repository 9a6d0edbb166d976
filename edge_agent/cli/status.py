"""edge-agent status: what the running device is doing, and what is wrong with it."""

from __future__ import annotations

import argparse
import json
import sys
import time

from .exits import OK
from .options import add_json
from .output import say
from .running_device import ask
from .status_lines import lines

WATCH_S = 1.0
CLEAR = "\x1b[H\x1b[J"


def add_options(parser: argparse.ArgumentParser) -> None:
    add_json(parser)
    parser.add_argument("--watch", action="store_true", help="repeat every second")


def run(args: argparse.Namespace) -> int:
    while True:
        status = ask("status")
        text = json.dumps(status, indent=2, ensure_ascii=False) if args.json else "\n".join(lines(status))
        say((CLEAR if args.watch and sys.stdout.isatty() else "") + text)
        if not args.watch:
            return OK
        time.sleep(WATCH_S)
