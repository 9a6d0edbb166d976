"""edge-agent say: asks the running device a question in text."""

from __future__ import annotations

import argparse

from .exits import OK
from .options import words
from .output import say
from .running_device import ask


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("text", type=words, metavar="TEXT")


def run(args: argparse.Namespace) -> int:
    say(ask("say", text=args.text)["mode"])
    return OK
