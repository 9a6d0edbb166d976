"""edge-agent announce: says words on the running device, and tells what became of them."""

from __future__ import annotations

import argparse
from typing import get_args

from ..vocabulary.announcements import Priority, WhenBusy
from .options import add_json, whole_number, words
from .running_device import ask, tell_outcome

PATIENCE_S = 900.0  # longer than any may wait and last
OUTCOMES = {
    "heard": "it was heard to its end",
    "interrupted": "it was interrupted: somebody pressed the button, spoke, or stopped it",
    "dropped": "it was dropped: somebody talked, an answer was heard, or too many announcements waited",
    "expired": "it was dropped: it had waited for too long ([announce] wait_s)",
    "no-sound": "it was not heard to its end: the speaker was lost; see: edge-agent status",
    "stopped": "it was not heard to its end: the device was stopped, or took another configuration",
}


def add_options(parser: argparse.ArgumentParser) -> None:
    add_json(parser)
    parser.add_argument("--chime", action=argparse.BooleanOptionalAction, help="a tone before it, or none")
    parser.add_argument(
        "--volume", type=whole_number("volume", most=100), metavar="PERCENT", help="only for this one"
    )
    parser.add_argument(
        "--when-busy",
        choices=get_args(WhenBusy),
        help="while somebody talks or an answer sounds: interrupt that, wait, or drop the announcement",
    )
    parser.add_argument(
        "--priority", choices=get_args(Priority), default="normal", help="high: before others that wait"
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--media", type=words, metavar="ADDRESS", help="a WAV file to play ([announce] media)")
    what.add_argument("text", nargs="?", type=words, metavar="TEXT")


def run(args: argparse.Namespace) -> int:
    wanted = {
        name: value
        for name in ("text", "media", "chime", "volume", "when_busy", "priority")
        if (value := getattr(args, name)) is not None
    }
    outcome = ask("announce", patience_s=PATIENCE_S, **wanted)["outcome"]
    return tell_outcome(outcome, OUTCOMES, wanted="heard", as_json=args.json)
