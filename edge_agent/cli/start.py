"""edge-agent start: has the running device begin a conversation."""

from __future__ import annotations

import argparse

from .options import add_json, words
from .running_device import ask, tell_outcome

PATIENCE_S = 300.0  # longer than it may take until the microphone opens
OUTCOMES = {
    "started": "listening",
    "nobody-answered": "nobody answered",
    "not-transcribed": "what was answered was not written down: the service gave no transcript",
    "interrupted": "interrupted: somebody pressed the button or stopped it",
    "muted": "the device is muted; nothing was opened",
    "busy": "the device is busy: somebody talks, or something is said or rings; try again later",
    "failed": "failed: no link, no sound, or the day's budget is spent; see: edge-agent status",
    "stopped": "the device was stopped, or took another configuration",
}


def add_options(parser: argparse.ArgumentParser) -> None:
    add_json(parser)
    parser.add_argument(
        "text", nargs="?", type=words, metavar="TEXT", help="what the device begins with; then it listens"
    )


def run(args: argparse.Namespace) -> int:
    given = {"text": args.text} if args.text else {}
    outcome = ask("start", patience_s=PATIENCE_S, **given)["outcome"]
    return tell_outcome(outcome, OUTCOMES, wanted="started", as_json=args.json)
