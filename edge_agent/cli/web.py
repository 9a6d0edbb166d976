"""edge-agent web link: the address of the pages, with what a browser on the network needs to be let in."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from ..config.web_settings import ON
from ..files.folders import state_folder
from ..web.access import Tokens
from ..web.address import site_of
from ..web.tokens import file_in, kept, make
from .common import load_as_service, report
from .exits import CONFIGURATION, FAILED, OK
from .options import add_config
from .output import complain, say, say_link


def add_options(parser: argparse.ArgumentParser) -> None:
    add_config(parser)
    parser.add_argument("action", choices=("link",))
    parser.add_argument("--read-only", action="store_true", help="for those who may look, and change nothing")
    parser.add_argument(
        "--new", action="store_true", help="make new links; the old ones are not valid any more"
    )


def run(args: argparse.Namespace) -> int:
    config, problems, view = load_as_service(args.config)
    if problems:
        report(problems)
        return CONFIGURATION
    web = config.web
    if not web.address:
        complain(f'the pages are off; set [web] address = "{ON}", or to HOST:PORT for the network')
        return CONFIGURATION
    if not web.needs_link:
        say(f"{site_of(web)}/")
        return OK
    file = file_in((view.seen.state if view.seen else None) or state_folder())
    try:
        tokens = _made(file) if args.new else kept(file)
    except OSError as error:
        complain(f"{file}: cannot be written ({error.strerror}); use sudo")
        return FAILED
    if not tokens:
        why = (
            "is there, but this user may not read it; use sudo"
            if _is_hidden(file)
            else "is made at its first start"
        )
        complain(f"{file} {why}")
        return FAILED
    link = f"{site_of(web)}/enter?token={tokens.reader if args.read_only else tokens.operator}"
    say_link(link)
    return OK


def _made(file: Path) -> Tokens:
    """For the service to read. Raises OSError."""
    tokens, folder = make(file), file.parent.stat()
    if os.geteuid() == 0:
        os.chown(file, folder.st_uid, folder.st_gid)
    return tokens


def _is_hidden(file: Path) -> bool:
    try:
        return file.exists()
    except PermissionError:
        return True
