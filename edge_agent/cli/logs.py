"""edge-agent logs: the journal of the service, by journalctl."""

from __future__ import annotations

import argparse
import os
import shutil

from ..messages import MESSAGES
from . import FAILED, OK
from .common import complain

UNIT = "edge-agent.service"


def run(args: argparse.Namespace) -> int:
    if not (program := shutil.which("journalctl")):
        complain("there is no journalctl here; without systemd the log goes where 'edge-agent run' writes it")
        return FAILED
    os.execv(program, command(args))  # noqa: S606 - a fixed program, and no shell
    return OK


def command(args: argparse.Namespace) -> list[str]:
    """Its arguments."""
    chosen = ["journalctl", f"--unit={UNIT}", "--output=short-iso"]
    chosen += ["--no-hostname"]
    if args.follow:
        chosen += ["--follow"]
    chosen += [f"--since={args.since}"] if args.since else [f"--lines={args.lines}"]
    if args.errors:
        chosen += ["--priority=warning"]
    if args.turns:
        chosen += [f"MESSAGE_ID={MESSAGES['turn'].id}"]
    return chosen
