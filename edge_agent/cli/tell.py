"""edge-agent press, release, mute, unmute, interrupt, forget, say, reload: what is told to the running device."""

from __future__ import annotations

import argparse

from . import OK
from .common import say
from .status import ask


def run(args: argparse.Namespace) -> int:
    answer = ask(args.command, **({"text": args.text} if args.command == "say" else {}))
    say(
        "the configuration will be reloaded when the conversation is idle"
        if args.command == "reload"
        else answer["mode"]
    )
    return OK
