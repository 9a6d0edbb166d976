"""Options and types of values that commands share."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from ..simulator.calling import steps_of
from ..vocabulary.text import is_text


def add_config(parser: argparse.ArgumentParser) -> None:
    """For a command that reads the configuration."""
    parser.add_argument("--config", type=filled, metavar="FILE", help="configuration file (TOML)")
    parser.add_argument("-v", "--verbose", action="store_true", help="print more details")


def add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="output as JSON")


def add_faults(parser: argparse.ArgumentParser, help_text: str) -> None:
    """For a command that starts a simulated service."""
    parser.add_argument("--fault", type=filled, metavar="FAULT", action="append", default=[], help=help_text)


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


def answer_script(given: str) -> str:
    """What `simulator.speech.choose` takes."""
    try:
        steps_of(words(given))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return given


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
