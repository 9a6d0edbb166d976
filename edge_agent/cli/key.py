"""edge-agent key set: gives the installed service its API key, which is never shown, logged or an argument."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from ..config.keys import SYSTEM_FILE
from ..host.systemd.installed import installed
from ..install.key import read_key, write_key
from ..install.process import Refused, succeeds
from ..install.service import UNIT
from .common import load_config
from .exits import CONFIGURATION, FAILED, OK
from .options import filled
from .output import complain, say


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=("set",))
    parser.add_argument(
        "file",
        nargs="?",
        type=filled,
        metavar="FILE",
        help="that holds the key, one or two lines; without it, it is asked for, or read from standard input",
    )


def run(args: argparse.Namespace) -> int:
    service = installed()
    of_session = service is not None and not service.user
    file = Path.home() / ".config" / "edge-agent" / "api-key" if of_session else SYSTEM_FILE
    if not of_session and os.geteuid():
        complain(f"{file} is root's: sudo edge-agent key set")
        return FAILED
    config, _ = load_config(None)
    if config.service.api_key_file:
        complain(f"{config.path} names the file of the key: put it into {config.service.api_key_file}")
        return CONFIGURATION
    try:
        write_key(read_key(args.file or ""), file)
    except Refused as why:
        complain(str(why))
        return FAILED
    say(f"the key is in {file}")
    if service:
        systemctl = ("systemctl", "--user") if of_session else ("systemctl",)
        succeeds(*systemctl, "reset-failed", UNIT)
        if succeeds(*systemctl, "restart", "--no-block", UNIT):
            say("edge-agent restarts with it; whether the service takes it: edge-agent status")
    return OK
