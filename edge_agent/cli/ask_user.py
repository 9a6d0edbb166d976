"""edge-agent ask-user: asks the user of the running device a question, and prints what they answer."""

from __future__ import annotations

import argparse
import json

from ..host.control.requests import ANSWER_S, LONGEST_ANSWER_S
from .exits import FAILED, NOBODY, OK
from .options import add_json, whole_number, words
from .output import complain, say
from .running_device import ask
from .start import OUTCOMES, PATIENCE_S


def add_options(parser: argparse.ArgumentParser) -> None:
    add_json(parser)
    parser.add_argument(
        "--seconds",
        type=whole_number("number of seconds", 1, LONGEST_ANSWER_S),
        default=ANSWER_S,
        metavar="N",
        help=f"how long to wait for the first word, 1 to {LONGEST_ANSWER_S}; {ANSWER_S} if left out",
    )
    parser.add_argument("text", type=words, metavar="QUESTION")


def run(args: argparse.Namespace) -> int:
    answer = ask("ask-user", patience_s=PATIENCE_S, text=args.text, answer_s=args.seconds)
    outcome, text = answer["outcome"], answer["text"]
    if args.json:
        say(json.dumps({"outcome": outcome, "text": text}, ensure_ascii=False))
    elif outcome == "answered":
        say(text)
    else:
        complain(OUTCOMES[outcome])
    return {"answered": OK, "nobody-answered": NOBODY}.get(outcome, FAILED)
