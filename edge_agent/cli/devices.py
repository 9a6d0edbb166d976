"""edge-agent devices: the microphones and speakers that are there, and how to name them."""

from __future__ import annotations

import argparse
import asyncio
import json
from dataclasses import asdict

from ..audio.cards.device_users import Holder, holders
from ..audio.cards.errors import SoundFailed
from ..audio.cards.inventory import Inventory, ListedDevice
from ..audio.process.probe import inventory
from ..config import Config
from ..doctor.service import complaints, device_files
from ..host.systemd.service_view import ServiceView
from .common import load_as_service, report
from .exits import CONFIGURATION, FAILED, OK
from .options import add_config, add_json
from .output import complain, say


def add_options(parser: argparse.ArgumentParser) -> None:
    add_config(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    config, problems, view = load_as_service(
        args.config
    )  # a name that is wrong there is to be looked up here
    report(problems)
    try:
        found = asyncio.run(inventory(config.audio))
    except SoundFailed as failure:
        complain(failure.reason)
        return FAILED
    for note in (*view.notes(), *not_for_service(view, config)):
        complain(f"note: {note}")
    in_use = holders()
    if args.json:
        say(json.dumps(as_json(found, in_use), indent=2))
    else:
        for line in lines(found, in_use):
            say(line)
        for trouble in found.troubles:
            if not any(trouble in str(problem) for problem in problems):
                complain(trouble)
    return CONFIGURATION if problems else FAILED if found.troubles else OK


def not_for_service(view: ServiceView, config: Config) -> list[str]:
    """The cards that are there, but not for the service."""
    service = view.seen
    return [what for what, _ in complaints(service, device_files(config))] if service else []


def lines(found: Inventory, in_use: list[Holder]) -> list[str]:
    told = []
    for direction in ("microphone", "speaker"):
        entries = [entry for entry in found.entries if entry.direction == direction]
        told.append(f"{direction}s:" if entries else f"{direction}s: none; is one plugged in?")
        width = max((len(entry.line) for entry in entries), default=0)
        told += [f"{'*' if entry.chosen else ' '} {entry.line:{width}}  {_about(entry)}" for entry in entries]
    if any(entry.chosen for entry in found.entries):
        told.append("* chosen by the present configuration; to choose another, copy its line under [audio]")
    told += [f"in use: {one.device} ({one.direction}) by {one.process} (pid {one.pid})" for one in in_use]
    return told


def as_json(found: Inventory, in_use: list[Holder]) -> dict[str, object]:
    return {
        "devices": [asdict(entry) | {"line": entry.line} for entry in found.entries],
        "in_use": [asdict(holder) for holder in in_use],
        "troubles": list(found.troubles),
    }


def _about(entry: ListedDevice) -> str:
    about = (
        f"{entry.name}, {entry.rate_hz} Hz, {entry.channels} ch" if entry.rate_hz else f"{entry.name}, closed"
    )
    return f"{about}, in use by {entry.busy_with}" if entry.busy_with else about
