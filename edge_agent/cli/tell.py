"""edge-agent press, release, mute, unmute, interrupt, forget, reload, restart: what is told to the running device."""

from __future__ import annotations

import argparse

from .exits import OK
from .output import say
from .running_device import ask, warn_unless_saved

LATER = {
    "reload": "the configuration will be reloaded when the conversation is idle",
    "restart": "the device will restart when the conversation is idle",
}


def add_options(parser: argparse.ArgumentParser) -> None:
    """None."""


def run(args: argparse.Namespace) -> int:
    answer = ask(args.command)
    if args.command in ("mute", "unmute"):
        warn_unless_saved(answer)
    say(LATER.get(args.command, answer["mode"]))
    return OK
