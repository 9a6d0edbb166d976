"""edge-agent simulator: the simulated Realtime service alone."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
from copy import copy
from pathlib import Path

from ..simulator.answers import Answers
from ..simulator.fault_words import MOMENTS, ONLY, WHATS
from ..simulator.faults import FaultScript, parse
from ..simulator.server import SimulatedService, WireRecord
from ..simulator.speech import NoVoice, choose
from .common import log_to_stderr
from .exits import FAILED, OK, USAGE, Stop
from .options import filled, whole_number
from .output import complain, say
from .simulated_service import add_faults, answer_script

SHOWN = 120  # characters of an event


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--port",
        type=whole_number("port", 0, 65535),
        default=0,
        metavar="N",
        help="port on 127.0.0.1; 0: any free port",
    )
    parser.add_argument(
        "--key-file",
        type=filled,
        metavar="FILE",
        help="file with the only key to accept (default: accept any)",
    )
    parser.add_argument(
        "--answer",
        type=answer_script,
        metavar="WHAT",
        default="bundled",
        help="bundled, parrot, text for espeak-ng, or calls of tools, as in 'call:get_time; parrot'",
    )
    add_faults(parser, "WHAT[:ARGUMENT]@MOMENT[#N]; --faults lists them")
    parser.add_argument("--faults", action="store_true", help="list the faults and moments, and exit")
    parser.add_argument("-v", "--verbose", action="store_true", help="print every event")


def run(args: argparse.Namespace) -> int:
    if args.faults:
        for what, meaning in WHATS.items():
            say(f"{what:16} {meaning}" + (f"; only at {', '.join(ONLY[what])}" if what in ONLY else ""))
        say("moments:")
        for moment, meaning in MOMENTS.items():
            say(f"  {moment:14} {meaning}")
        return OK
    log_to_stderr(verbose=args.verbose)
    try:
        faults = FaultScript([parse(text) for text in args.fault])
        chosen = choose(args.answer)  # each connection begins with a copy
        key = read_key(Path(args.key_file)) if args.key_file else None
    except ValueError as error:
        complain(str(error))
        return USAGE
    except NoVoice as error:
        complain(str(error))
        return FAILED
    return asyncio.run(_serve(args, chosen, faults, key))


def read_key(path: Path) -> str:
    try:
        key = path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        complain(f"{path}: cannot be read ({getattr(error, 'strerror', None) or 'not UTF-8 text'})")
        raise Stop(FAILED) from None
    if not key:
        complain(f"{path}: is empty; write the key into it, or omit --key-file to accept any key")
        raise Stop(FAILED)
    return key


async def _serve(args: argparse.Namespace, chosen: Answers, faults: FaultScript, key: str | None) -> int:
    service = SimulatedService(
        port=args.port,
        key=key,
        answers=lambda: copy(chosen),
        faults=faults,
        record=_show if args.verbose else None,
    )
    try:
        async with service:
            say(
                f"simulated Realtime service (GA, preview and Voice Live) at {service.url}; press Ctrl-C to stop"
            )
            say(f"try: AZURE_OPENAI_ENDPOINT={service.url} edge-agent ask 'Hello?'")
            await _told_to_stop()
    except OSError as error:
        complain(
            f"cannot use port {args.port} ({error.strerror}); choose another with --port, or 0 for any free port"
        )
        return FAILED
    return OK


async def _told_to_stop() -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()


def _show(entry: WireRecord) -> None:
    arrow = "->" if entry.direction == "in" else "<-"
    event = {key: value for key, value in entry.event.items() if key not in ("audio", "delta")}
    say(f"{entry.t:12.3f} #{entry.connection} {arrow} {json.dumps(event)[:SHOWN]}")
