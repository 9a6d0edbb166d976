"""edge-agent setup: serves a page on which a device is set up, by whoever stands beside it (docs/setup.md)."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import socket
import time
from contextlib import suppress
from functools import partial
from pathlib import Path

from ..app import event_loop
from ..config import Config
from ..config.addresses import host_and_port, joined
from ..files.folders import SETTING_UP, runtime_folder
from ..files.whole import contents, replace
from ..host.journal.handler import open_log
from ..host.systemd.notify import Notifier
from ..install.from_page import LEFT_ALONE
from ..install.hotspot import ADDRESS
from ..install.process import call
from ..install.service import AGAIN, SETUP
from ..install.service import UNIT as SERVICE
from ..setup.bench import HandOver
from ..setup.hand_over import for_root, for_user
from ..setup.own_wifi import opened
from ..setup.pages import PLACE
from ..setup.setting_up import SettingUp
from ..web.address import ANYWHERE
from .common import load_config
from .exits import FAILED, OK, USAGE
from .options import add_config, filled
from .output import complain, say, say_link

LOCAL = "127.0.0.1:8080"
LINK = SETTING_UP / "link"
STARTS_S = 30.0
LEFT_ALONE_S = 1800.0

log = logging.getLogger("edge_agent")


def add_options(parser: argparse.ArgumentParser) -> None:
    add_config(parser)
    parser.add_argument(
        "--address",
        type=filled,
        default=LOCAL,
        metavar="HOST:PORT",
        help=f"where to serve the page ({LOCAL}); [::]:8080: for the whole network",
    )
    parser.add_argument(
        "--hand-over",
        type=filled,
        metavar="FILE",
        help="leave what was chosen there, for root to take over; without it, --config is written",
    )


def run(args: argparse.Namespace) -> int:
    if not args.hand_over and not args.config:
        return _open_on_device()
    try:
        host_and_port(args.address)
    except ValueError:
        complain(f"--address takes HOST:PORT, as in {LOCAL}")
        return USAGE
    present, problems = load_config(_existing(args.config))
    hand_over: HandOver = partial(for_user, Path(args.config or ""))
    if args.hand_over:
        hand_over = partial(for_root, Path(args.hand_over))
    open_log(logging.INFO)
    return event_loop.run(_run(args, None if problems else present, hand_over))


def _existing(config: str | None) -> str | None:
    return os.devnull if config and not Path(config).exists() else config


async def _run(args: argparse.Namespace, present: Config | None, hand_over: HandOver) -> int:
    own_wifi = opened(runtime_folder())
    works_without = bool(args.hand_over and present and present.has_service)
    setting_up = SettingUp(
        args.address, present, hand_over, own_wifi, LEFT_ALONE_S if works_without else None
    )
    site = f"{_site(args.address, ADDRESS if own_wifi else '')}{PLACE}"
    link = f"{site}#{setting_up.door.code}"
    notifier = Notifier()
    if args.hand_over:
        replace(runtime_folder() / LINK.name, link)
        log.warning("not set up: waiting at %s", link)
        notifier.status(f"not set up: waiting at {site}; it says its code aloud, and the journal has it")
    else:
        say_link(link)
    running = asyncio.create_task(setting_up.run())
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, running.cancel)
    notifier.ready()
    await asyncio.wait({running})
    if running.cancelled():
        return OK
    if not running.result():
        log.warning("nobody is at the set-up page: back to the conversation")
        (runtime_folder() / LEFT_ALONE).touch()
        return OK
    if not args.hand_over:
        say(f"wrote {args.config}; now: edge-agent run --config {args.config}")
    return OK


def _open_on_device() -> int:
    """Of the installed service, which makes room for it."""
    if os.geteuid():
        complain("give --config FILE, which is written; or sudo edge-agent setup, for the installed service")
        return USAGE
    call("systemctl", "--quiet", "reset-failed", SERVICE)  # whatever it was, somebody asks for the page now
    call("systemctl", "--quiet", "stop", AGAIN)  # it would end the page within five minutes
    link = ""
    try:
        if not (link := _link_of_service()):
            return FAILED
    finally:
        if not link:  # Ctrl-C, too, leaves no device behind that does neither
            call("systemctl", "--no-block", "start", SERVICE)
    say_link(link)
    say("back to the conversation without it: sudo systemctl start edge-agent")
    return OK


def _link_of_service() -> str:
    """Once it serves the page; empty: it does not."""
    started = call("systemctl", "start", SETUP)
    if started.returncode:
        complain(started.stderr.strip() or f"{SETUP} cannot be started")
        return ""
    until = time.monotonic() + STARTS_S
    while not (link := contents(LINK)) and time.monotonic() < until:
        time.sleep(0.1)
    if not link:
        complain(f"it does not start: journalctl -u {SETUP}")
    return link


def _site(address: str, own: str) -> str:
    """`own`: the device's address in its own network; empty: it is in another."""
    host, port = host_and_port(address)
    name = (own or _own_address()) if host in ANYWHERE else host
    return f"http://{joined(name, port)}"


def _own_address() -> str:
    """In the network; its name where it has none yet."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end, suppress(OSError):
        end.connect(("192.0.2.1", 9))  # of RFC 5737; nothing is sent
        return str(end.getsockname()[0])
    return f"{socket.gethostname()}.local"
