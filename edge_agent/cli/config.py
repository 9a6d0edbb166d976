"""edge-agent config check | show | boards | schema | example | new, and what changes it on the running device."""

from __future__ import annotations

import argparse
import asyncio
import json
import os

from ..audio.cards.errors import SoundFailed
from ..audio.process.probe import inventory
from ..config import Config, Problem, show
from ..config.boards import bundled
from ..config.first_configuration import Found, first_configuration
from ..config.model import AudioSettings
from ..doctor.service import complaints, configured_files
from ..realtime.auth import credential
from ..realtime.errors import LinkFailure
from . import config_changes
from .common import load_as_service, load_config, report
from .exits import CONFIGURATION, OK, USAGE
from .options import add_config
from .output import complain, say


def add_options(parser: argparse.ArgumentParser) -> None:
    add_config(parser)
    parser.add_argument(
        "action",
        choices=("check", "show", "boards", "schema", "example", "new", *config_changes.ACTIONS),
        help="check, show: the configuration. boards, schema, example: what can be configured. new: a first one for"
        " this device. changes, set, unset, undo: what is changed on the running device, over its file",
    )
    parser.add_argument(
        "settings", nargs="*", metavar="SETTING", help="set: SECTION.KEY=VALUE; unset: SECTION.KEY"
    )


def run(args: argparse.Namespace) -> int:
    if args.action in config_changes.ACTIONS:
        return config_changes.run(args.action, args.settings)
    if args.settings:
        complain(f"config {args.action} takes no settings")
        return USAGE
    if args.action == "schema":
        say(json.dumps(show.schema(), indent=2))
        return OK
    if args.action == "example":
        say(show.example().rstrip())
        return OK
    if args.action == "boards":
        for line in show.list_boards():
            say(line)
        return OK
    if args.action == "new":
        config, problems = load_config(args.config) if args.config else load_config(os.devnull, changes="")
        if problems:
            report(problems)
            return CONFIGURATION
        say(first_configuration(config, asyncio.run(sound_devices()), bundled()))
        return OK
    return look(args.config, shows=args.action == "show")


def look(path: str | None, *, shows: bool) -> int:
    """At the configuration as the installed service has it."""
    config, problems, view = load_as_service(path)
    if service := view.seen:
        asked = configured_files(config, service.variables)
        problems += [Problem("", f"{what}; {todo}") for what, todo in complaints(service, asked)]
    for note in view.notes():
        complain(f"note: {note}")
    if problems:
        report(problems)
        return CONFIGURATION
    if shows:
        for file in service.files if service else ():
            say(f"# with {file}")
        say(show.show(config))
        return OK
    say(f"{config.path or 'no configuration file; only defaults and the environment'}: ok")
    for hint in show.hints(config):
        say(f"note: {hint}")
    if hint := asyncio.run(key_hint(config)):
        say(f"note: for this user, {hint}")
    return OK


async def sound_devices() -> list[Found]:
    """The real ones: no sound server, which may lead anywhere."""
    try:
        found = await inventory(AudioSettings())
    except SoundFailed as failure:
        complain(f"sound devices cannot be listed: {failure.reason}")
        return []
    return [
        Found(entry.direction, entry.name, entry.card_id, entry.setting)
        for entry in found.entries
        if entry.card_id
    ]


async def key_hint(config: Config) -> str:
    """Why there is no key; empty: there is, or it is another credential, of which only the network knows."""
    if config.has_service and config.service.credential == "api-key":
        try:
            await credential(config.service).headers()
        except LinkFailure as failure:
            return failure.message
    return ""
