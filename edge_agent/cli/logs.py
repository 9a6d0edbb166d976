"""edge-agent logs: the journal of the service, by journalctl."""

from __future__ import annotations

import argparse
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from ..vocabulary.journal import MESSAGES
from .exits import FAILED, OK
from .options import filled, whole_number
from .output import complain

UNIT = "edge-agent.service"
FOLDERS = (Path("/var/log/journal"), Path("/run/log/journal"))
LINES = 50


def add_options(parser: argparse.ArgumentParser) -> None:
    only = parser.add_mutually_exclusive_group()
    only.add_argument("--turns", action="store_true", help="only one line per turn, with its latencies")
    only.add_argument("--errors", action="store_true", help="only warnings and errors")
    parser.add_argument("-f", "--follow", action="store_true", help="keep printing new lines")
    parser.add_argument(
        "-n",
        "--lines",
        type=whole_number("number of lines"),
        metavar="N",
        help=f"the last N lines (default without --since: {LINES})",
    )
    parser.add_argument(
        "--since", type=filled, metavar="TIME", help="start time, as for journalctl: today, '1 hour ago'"
    )


def run(args: argparse.Namespace) -> int:
    if not (program := shutil.which("journalctl")):
        complain("journalctl is not available; without systemd, see the output of 'edge-agent run'")
        return FAILED
    from ..host.systemd.installed import installed  # its help needs nothing of the machine

    service = installed()
    of_session = service is not None and not service.user
    if not of_session and is_denied(FOLDERS):
        complain("permission denied for the journal; use sudo, or join the group systemd-journal")
        return FAILED
    os.execv(program, command(args, of_session=of_session))  # noqa: S606 - a fixed program, and no shell
    return OK


def is_denied(folders: Iterable[Path]) -> bool:
    """Whether there are journals of the system, and none that this user may read."""
    journals = [journal for folder in folders for journal in folder.glob("*/system.journal")]
    return bool(journals) and not any(os.access(journal, os.R_OK, effective_ids=True) for journal in journals)


def command(args: argparse.Namespace, *, of_session: bool = False) -> list[str]:
    """Its arguments. `of_session`: the service runs in this user's."""
    unit = [*(["--user"] if of_session else []), f"--unit={UNIT}"]
    chosen = ["journalctl", *unit, "--output=short-iso", "--no-hostname"]
    if args.follow:
        chosen += ["--follow"]
    if args.since:
        chosen += [f"--since={args.since}"]
    if args.lines is not None or not args.since:
        chosen += [f"--lines={LINES if args.lines is None else args.lines}"]
    if args.errors:
        chosen += ["--priority=warning"]
    if args.turns:
        chosen += [f"MESSAGE_ID={MESSAGES['turn'].id}"]
    return chosen
