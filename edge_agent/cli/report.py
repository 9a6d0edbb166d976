"""edge-agent report: all that support needs, in one file."""

from __future__ import annotations

import argparse
import platform
import re
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from ..host.control.client import Unreachable, request
from ..host.control.requests import MOST_TURNS
from ..report import files
from ..report.bundle import Bundle, bundle
from ..report.device_share import PAUSE_S
from .common import load_config, log_to_stderr
from .exits import FAILED, OK
from .options import add_config, filled, whole_number
from .output import complain, say
from .status_lines import lines

LAST = 10  # turns


def add_options(parser: argparse.ArgumentParser) -> None:
    add_config(parser)
    parser.add_argument(
        "--last",
        type=whole_number("number of turns", 1, MOST_TURNS),
        default=LAST,
        metavar="N",
        help=f"number of turns, 1 to {MOST_TURNS} (default: {LAST})",
    )
    parser.add_argument(
        "--out", type=filled, metavar="FILE", help="a new file; its suffix may be .json, .json.gz or .html"
    )
    parser.add_argument(
        "--html", action="store_true", help="write a readable page, with a picture of each turn"
    )
    parser.add_argument(
        "--with-transcript", action="store_true", help="include what was said in this conversation"
    )


def run(args: argparse.Namespace) -> int:
    log_to_stderr(verbose=args.verbose, quiet=True)
    config, problems = load_config(args.config)
    device, why_not = ask(args.last, transcript=args.with_transcript)
    seen = list(lines(device["status"])) if device else []
    report = bundle(config, problems, device, why_not, status_lines=seen, transcript=args.with_transcript)
    path = Path(args.out or default_name("html" if args.html else "json"))
    if args.html and path.suffix != ".html":
        path = path.with_name(f"{path.name}.html")
    try:
        size = files.write(report, path)
    except FileExistsError:
        complain(f"{path} already exists; choose another with --out, or remove it")
        return FAILED
    except OSError as error:
        complain(f"{path}: cannot be written ({error.strerror})")
        return FAILED
    if why_not:
        complain(f"{why_not}; the report has no turns and no status")
    say(f"{path}: {summary(report, size)}")
    return OK


def ask(last: int, *, transcript: bool) -> tuple[dict[str, Any] | None, str]:
    """What the running device says, or why it says nothing."""
    try:
        answer = request("report", last=last, transcript=transcript)
        if not answer.get("ok"):  # somebody else has just asked
            time.sleep(PAUSE_S)
            answer = request("report", last=last, transcript=transcript)
    except Unreachable as error:
        return None, str(error)
    if not answer.get("ok"):
        return None, str(answer.get("error"))
    if "steps" not in answer:
        return None, "the running edge-agent is an older version that cannot make reports; restart it"
    return answer, ""


def default_name(suffix: str) -> str:
    host = re.sub(r"[^\w.-]", "-", platform.node()) or "device"
    return f"edge-agent-report-{host}-{datetime.now().astimezone():%Y%m%d-%H%M%S}.{suffix}"


def summary(report: Bundle, size: int) -> str:
    findings = len((report["status"] or {}).get("findings", []))
    words = "with what was said" if "transcript" in report else "nothing that was said"
    return f"{len(report['turns'])} turns, {findings} findings, {-(-size // 1024)} KiB; no sound, no secrets, {words}"
