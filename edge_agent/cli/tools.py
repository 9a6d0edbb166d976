"""edge-agent tools: what the running device can do when it is asked to, and what came of each last."""

from __future__ import annotations

import argparse
import json
from typing import Any

from .exits import FAILED, OK, USAGE
from .options import add_json
from .output import complain, say
from .running_device import ask

PATIENCE_S = 330.0  # longer than any tool may take


def add_options(parser: argparse.ArgumentParser) -> None:
    add_json(parser)
    parser.add_argument(
        "call",
        nargs="*",
        metavar="call NAME '{...}'",
        help="run one by hand, with arguments as JSON; also a hidden one, and without the button",
    )


def run(args: argparse.Namespace) -> int:
    match args.call:
        case []:
            return _list(as_json=args.json)
        case ["call", name]:
            return _call(name, "{}")
        case ["call", name, arguments]:
            return _call(name, arguments)
    complain("must be tools, or tools call NAME '{...}'")
    return USAGE


def _list(*, as_json: bool) -> int:
    tools: list[dict[str, Any]] = ask("tools")["tools"]
    if as_json:
        say(json.dumps(tools, ensure_ascii=False, indent=2))
        return OK
    width = max((len(tool["name"]) for tool in tools), default=0)
    for tool in tools:
        marks = [mark for mark in ("hidden", "background", "once") if tool[mark]]
        marks += ["confirm"] * bool(tool["confirm"])
        say(f"{tool['name']:{width}}  {', '.join([tool['source'], *marks])}{_last(tool)}")
    return OK


def _last(tool: dict[str, Any]) -> str:
    if not (last := tool.get("last")):
        return ""
    why = f": {last['why']}" if last["why"] else ""
    return f"; last {last['ending']} after {last['took_ms']} ms{why}"


def _call(name: str, text: str) -> int:
    try:
        arguments = json.loads(text)
    except ValueError as error:
        complain(f"the arguments are not valid JSON ({error}); quote them, as in '{{\"seconds\": 60}}'")
        return USAGE
    if not isinstance(arguments, dict):
        complain("the arguments must be a JSON object, as in '{\"seconds\": 60}'")
        return USAGE
    answer = ask("tools", name=name, arguments=arguments, patience_s=PATIENCE_S)
    say(answer["output"])
    return FAILED if answer["failed"] else OK
