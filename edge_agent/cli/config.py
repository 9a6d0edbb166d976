"""edge-agent config check | show | boards | schema | example."""

from __future__ import annotations

import argparse
import asyncio
import json
from pathlib import Path

from ..config import Config, load, present
from ..errors import LinkFailure
from ..realtime.auth import credential
from . import CONFIGURATION, OK
from .common import report, say


def run(args: argparse.Namespace) -> int:
    if args.action == "schema":
        say(json.dumps(present.schema(), indent=2))
        return OK
    if args.action == "example":
        say(present.example().rstrip())
        return OK
    if args.action == "boards":
        for line in present.list_boards():
            say(line)
        return OK
    config, problems = load(Path(args.config) if args.config else None)
    if problems:
        report(problems)
        return CONFIGURATION
    if args.action == "show":
        say(present.show(config))
        return OK
    say(f"{config.path or 'no configuration file, only defaults and environment'}: ok")
    for hint in present.hints(config):
        say(f"note: {hint}")
    if hint := asyncio.run(key_hint(config)):
        say(f"note: for this user, {hint}")
    return OK


async def key_hint(config: Config) -> str:
    """Why there is no key; empty: there is, or it is another credential, of which only the network knows."""
    if config.has_service and config.service.credential == "api-key":
        try:
            await credential(config.service).headers()
        except LinkFailure as failure:
            return failure.message
    return ""
