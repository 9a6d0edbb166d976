"""edge-agent probe-live: what a real service of GPT-Live does where nobody has written it down."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, time

from .. import __version__
from ..audio.sounds import spoken_lines
from ..config import Config
from ..config.known_prices import prices_of
from ..config.providers import PROVIDERS, names
from ..files import whole
from ..probe.inquiry import LONGEST_S, MOST_COST, Inquiry, Meter, Probe, chosen, inquire, plan
from ..probe.room import quiet_room
from ..probe.socket_wire import open_wire
from ..probe.talk import Lab, Wire
from ..probe.written import document, text
from ..realtime.auth import credential
from ..realtime.errors import LinkFailure
from .common import exit_code, log_to_stderr, read_config
from .exits import FAILED, OK, USAGE, Stop
from .options import add_config, filled
from .output import complain, say
from .simulated_service import simulated_service

DUPLEX = " or ".join(names(lambda provider: provider.is_duplex))


def add_options(parser: argparse.ArgumentParser) -> None:
    add_config(parser)
    parser.add_argument("--yes", action="store_true", help="do not ask before it begins: it costs money")
    parser.add_argument(
        "--only",
        choices=[probe.name for probe in plan()],
        metavar="PROBE",
        nargs="+",
        default=[],
        help=f"only these: {', '.join(probe.name for probe in plan())}",
    )
    parser.add_argument(
        "--report",
        type=filled,
        metavar="NAME",
        default="probe-live",
        help="write NAME.txt and NAME.json (default: probe-live)",
    )


def run(args: argparse.Namespace) -> int:
    log_to_stderr(verbose=args.verbose, quiet=True)
    try:
        config = read_config(args.config)
        if not PROVIDERS[config.service.provider].is_duplex:
            complain(f"{config.service.provider} is not GPT-Live; set [service] provider to {DUPLEX}")
            return USAGE
        probes = chosen(args.only)
        if not _agreed(config, probes, yes=args.yes):
            return USAGE
        return asyncio.run(_probe(config, probes, args.report))
    except Stop as stop:
        return stop.code
    except LinkFailure as failure:
        complain(failure.message)
        return exit_code(failure)
    except OSError as error:
        complain(f"the report cannot be written to {args.report} ({error.strerror})")
        return FAILED


def _agreed(config: Config, probes: Sequence[Probe], *, yes: bool) -> bool:
    """Whether somebody wants to pay for it."""
    prices = prices_of(config)
    lasts_s, billed_s = sum(probe.lasts_s for probe in probes), sum(probe.billed_s for probe in probes)
    for probe in probes:
        say(f"  {probe.name:12} {probe.lasts_s:3.0f} s  {probe.about}")
    say(
        f"about {lasts_s / 60:.1f} minutes, and about {billed_s / 60 * prices.live_min:.2f} {prices.currency} of"
        f" {config.service.provider}; it ends after {LONGEST_S / 60:g} minutes or {MOST_COST:g} {prices.currency}"
    )
    if yes:
        return True
    if not sys.stdin.isatty():
        complain("this costs money: add --yes to agree to it")
        return False
    return input("begin? [y/N] ").strip().lower() in ("y", "yes")


async def _probe(config: Config, probes: Sequence[Probe], name: str) -> int:
    async with AsyncExitStack() as stack:
        if not config.has_service:
            config = await stack.enter_async_context(simulated_service(config))
        proof = credential(config.service)
        stack.push_async_callback(proof.close)

        async def opened(*, wrong_key: bool = False) -> Wire:
            return await open_wire(config, proof, wrong_key=wrong_key)

        lab = Lab(config, opened, spoken_lines()[0].pcm, quiet_room(), time)
        inquiry = await inquire(lab, probes, Meter(monotonic, prices_of(config).live_min), say)
    return _write(inquiry, config, Path(name))


def _write(inquiry: Inquiry, config: Config, name: Path) -> int:
    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    written = "\n".join(text(inquiry, config, made_at))
    say(f"\n{written}")
    told = document(inquiry, config, made_at, __version__)
    for suffix, content in ((".txt", written), (".json", json.dumps(told, indent=2, ensure_ascii=False))):
        whole.replace(name.with_name(name.name + suffix), f"{content}\n", 0o644)
    say(f"\nwritten to {name}.txt and {name}.json")
    return OK if inquiry.answers and not inquiry.left_out else FAILED
