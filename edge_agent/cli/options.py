"""Options and types of values that commands share."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from ..vocabulary.text import is_text


def add_config(parser: argparse.ArgumentParser) -> None:
    """For a command that reads the configuration."""
    parser.add_argument("--config", type=filled, metavar="FILE", help="configuration file (TOML)")
    parser.add_argument("-v", "--verbose", action="store_true", help="print more details")


def add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="output as JSON")


def filled(given: str) -> str:
    if not given.strip():
        raise argparse.ArgumentTypeError("is empty; give a value, or omit the option")
    return given


def utf8(given: str) -> str:
    if not is_text(given):
        raise argparse.ArgumentTypeError("is not UTF-8; check the locale (LANG) of this terminal")
    return given


def words(given: str) -> str:
    return filled(utf8(given))


def whole_number(what: str, least: int = 0, most: int | None = None) -> Callable[[str], int]:
    """The type of an option that is an unsigned whole number."""

    def parse(given: str) -> int:
        if (
            given.isascii()
            and given.isdigit()
            and least <= int(given)
            and (most is None or int(given) <= most)
        ):
            return int(given)
        told = f"give {least} or more" if most is None else f"give {least} to {most}"
        raise argparse.ArgumentTypeError(f"{given!r} is not a valid {what}; {told}")

    return parse
