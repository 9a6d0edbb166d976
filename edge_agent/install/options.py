"""The options of scripts/install."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from .changeover import READY_S

DESCRIPTION = """Installs edge-agent as a service of this device, or brings it up to date.
Debian and Raspberry Pi OS 12 and 13, 64 bit. See docs/install.md."""
EPILOG = """A new device asks for its key, if somebody is there. Programs that install may set AZURE_OPENAI_ENDPOINT,
AZURE_OPENAI_DEPLOYMENT_NAME, AZURE_OPENAI_API_KEY (or OPENAI_API_KEY) and EDGE_AGENT_SECTION_KEY as root; in a command
of sudo, a key would get into the journal."""


class InstallParser(argparse.ArgumentParser):
    """Reports an error in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(1, f"install: {message} (see {self.prog} --help)\n")


def seconds(given: str) -> float:
    if not given.isascii() or not given.isdigit() or not 1 <= int(given) <= 9999:
        raise argparse.ArgumentTypeError("takes seconds, as in --ready-within 60")
    return float(given)


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Raises SystemExit."""
    parser = InstallParser("./scripts/install", description=DESCRIPTION, epilog=EPILOG)
    new = parser.add_argument_group("a new device")
    new.add_argument("--endpoint", default="", metavar="URL", help="address of the service")
    new.add_argument("--deployment", default="", metavar="NAME", help="deployment or model")
    new.add_argument(
        "--key-file", default="", metavar="FILE", help="take the key from a file; -: standard input"
    )
    new.add_argument(
        "--replace", action="store_true", help="replace the configuration and key that are there"
    )
    parser.add_argument("--session", default="", metavar="USER", help="run in the session of this user")
    parser.add_argument("--no-start", action="store_true", help="install without starting the service")
    parser.add_argument(
        "--ready-within", type=seconds, default=READY_S, metavar="SECONDS", help="or roll back (60)"
    )
    parser.add_argument(
        "--wheels", type=Path, metavar="FOLDER", help="take packages from there, not from PyPI"
    )
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument("--make-wheels", type=Path, metavar="FOLDER", help="only fill a folder for --wheels")
    instead.add_argument("--roll-back", action="store_true", help="back to the version before this one")
    instead.add_argument(
        "--uninstall", action="store_true", help="remove all but configuration, key and state"
    )
    parser.add_argument("--purge", action="store_true", help="with --uninstall: these too")
    args = parser.parse_args(arguments)
    if args.purge and not args.uninstall:
        parser.error("--purge goes with --uninstall")
    if args.wheels and not args.wheels.is_dir():
        parser.error(f"{args.wheels} is not a folder; make it with --make-wheels")
    return args
