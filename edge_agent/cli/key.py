"""edge-agent key set: gives the installed service its API key, or the password of its broker. Neither is ever shown,
logged or an argument."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from ..config.keys import MQTT_PASSWORD_FILE, SYSTEM_FILE
from ..host.systemd.installed import installed
from ..install.key import read_key, read_password, write_key
from ..install.process import Refused, succeeds
from ..install.service import UNIT
from .common import load_config
from .exits import CONFIGURATION, FAILED, OK
from .options import filled
from .output import complain, say

MQTT = "set-mqtt"


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=("set", MQTT), help=f"{MQTT}: the password of [mqtt] user")
    parser.add_argument(
        "file",
        nargs="?",
        type=filled,
        metavar="FILE",
        help="that holds the key, one or two lines, or the password, one; without it, it is asked for, or read from"
        " standard input",
    )


def run(args: argparse.Namespace) -> int:
    mqtt = args.action == MQTT
    service = installed()
    of_session = service is not None and not service.user
    system_file = MQTT_PASSWORD_FILE if mqtt else SYSTEM_FILE
    what = "password" if mqtt else "key"
    name = system_file.name.removeprefix("edge-agent.")
    file = Path.home() / ".config" / "edge-agent" / name if of_session else system_file
    if not of_session and os.geteuid():
        complain(f"{file} is root's: sudo edge-agent key {args.action}")
        return FAILED
    config, _ = load_config(None)
    if elsewhere := config.mqtt.password_file if mqtt else config.service.api_key_file:
        complain(f"{config.path} names the file of the {what}: put it into {elsewhere}")
        return CONFIGURATION
    try:
        write_key((read_password if mqtt else read_key)(args.file or ""), file)
    except Refused as why:
        complain(str(why))
        return FAILED
    say(f"the {what} is in {file}")
    if service:
        systemctl = ("systemctl", "--user") if of_session else ("systemctl",)
        succeeds(*systemctl, "reset-failed", UNIT)
        if succeeds(*systemctl, "restart", "--no-block", UNIT):
            taker = "the broker" if mqtt else "the service"
            say(f"edge-agent restarts with it; whether {taker} takes it: edge-agent status")
    return OK
