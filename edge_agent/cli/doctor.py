"""edge-agent doctor: one line per check: ok, or what is wrong and what to do."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Callable
from datetime import datetime

from ..doctor import last_result
from ..doctor.all_checks import Scope, examine
from ..doctor.result import Check, any_failed
from ..files.folders import control_sockets
from .common import load_as_service, log_to_stderr
from .exits import CONFIGURATION, FAILED, OK
from .options import add_config, add_json
from .output import complain, say


def add_options(parser: argparse.ArgumentParser) -> None:
    add_config(parser)
    add_json(parser)
    parser.add_argument("--no-sound", action="store_true", help="skip the microphone and the speaker")
    parser.add_argument("--no-panel", action="store_true", help="skip the button and the light")
    parser.add_argument("--no-network", action="store_true", help="skip the network and the service")
    parser.add_argument(
        "--force", action="store_true", help="use the devices even while edge-agent is running"
    )


def run(args: argparse.Namespace) -> int:
    log_to_stderr(verbose=args.verbose, quiet=True)
    # of this user, whatever the service's environment says
    sockets, kept = control_sockets(), last_result.place()
    config, problems, view = load_as_service(args.config)
    scope = Scope(
        sound=not args.no_sound,
        panel=not args.no_panel,
        network=not args.no_network,
        force=args.force,
        ask=complain if sys.stdin.isatty() else None,
    )
    show: Callable[[object], None] = (lambda _: None) if args.json else (lambda check: say(str(check)))
    checks: list[Check] = []

    async def collect() -> None:
        async for check in examine(config, problems, scope, view, sockets=sockets):
            show(check)
            checks.append(check)

    asyncio.run(collect())
    code = exit_code(checks)
    result = {"exit_code": code, "checks": [check.as_json() for check in checks]}
    try:
        last_result.keep({"made": datetime.now().astimezone().isoformat(timespec="seconds"), **result}, kept)
    except OSError as error:
        complain(f"this result cannot be saved for 'edge-agent report' ({error.strerror})")
    if args.json:
        say(json.dumps(result, indent=2))
    return code


def exit_code(checks: list[Check]) -> int:
    if any(check.name == "configuration" and check.status == "failed" for check in checks):
        return CONFIGURATION
    return FAILED if any_failed(checks) else OK
