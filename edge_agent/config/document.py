"""Reads one TOML file of settings: the configuration, or the profile of a board."""

from __future__ import annotations

import re
import tomllib
from dataclasses import field
from pathlib import Path
from typing import Any

from ..vocabulary.frozen import frozen
from .providers import KEY_VARIABLES
from .sections import Values, sections, settings_of
from .suggest import did_you_mean
from .toml_lines import key_lines

ARRAYS = ("tools", "mcp", "wake")  # of tables: [[tools]]
BOARD = ("board", "")  # in a configuration the name of a profile, in a profile the table about it
SECRETS = frozenset(
    re.sub(r"[^a-z]", "", name.lower())
    for name in ("api_key", *KEY_VARIABLES, "key", "secret", "password", "token")
)
NO_KEYS = (
    "others may read this file, so keys do not belong here; put the key in a separate file named by"
    " api_key_file, or in AZURE_OPENAI_API_KEY"
)
LARGEST_FILE = 256 * 1024  # bytes
# of a line: tomllib takes minutes over a key of some ten thousand parts
MOST_DOTS = 500


@frozen
class Problem:
    """One thing that is wrong: where, what, and what to do about it."""

    where: str
    what: str
    key: tuple[str, str] = field(default=("", ""), compare=False)  # of the setting that it is about

    def __str__(self) -> str:
        return f"{self.where}: {self.what}" if self.where else self.what


def is_secret(name: str) -> bool:
    """Whether the name of a setting suggests that its value is the key itself."""
    return re.sub(r"[^a-z]", "", name.lower()) in SECRETS


def read(path: Path, problems: list[Problem]) -> Values:
    """The settings in a file, and under `BOARD` what it says of a board. What is wrong goes to `problems`."""
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST_FILE + 1)
        if len(raw) > LARGEST_FILE:
            what = f"has more than {LARGEST_FILE // 1024} KiB; is it the right file?"
            problems.append(Problem(str(path), what))
            return {}
        text = raw.decode("utf-8-sig")
    except OSError as error:
        problems.append(
            Problem(str(path), f"cannot be read ({error.strerror}); check the path and its permissions")
        )
        return {}
    except UnicodeDecodeError:
        problems.append(Problem(str(path), "is not UTF-8 text; is it the right file?"))
        return {}
    return parse_document(text, str(path), problems)


def parse_document(text: str, path: str, problems: list[Problem]) -> Values:
    """The same of a text. `path`: where it is from."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if (document := parse_toml(text, path, problems)) is None:
        return {}
    lines = key_lines(text)

    def place(section: str, key: str = "") -> str:
        line = lines.get((section, key)) or lines.get((section, ""))
        return f"{path}:{line}" if line else path

    values: Values = {}
    known = sections()
    for name, table in document.items():
        if name == BOARD[0]:
            values[BOARD] = table, f"{place(name)}: {name}"
        elif name in ARRAYS:
            values[name, ""] = table, path
        elif is_secret(name) and not isinstance(table, dict):
            problems.append(Problem(place(name), f"{name}: {NO_KEYS}"))
        elif name not in known:
            what = (
                f"there is no section [{name}]"
                if isinstance(table, dict)
                else f"{name!r} is outside any section"
            )
            problems.append(Problem(place(name), what + did_you_mean(name, known)))
        elif not isinstance(table, dict):
            problems.append(Problem(place(name), f"{name!r} must be a section: [{name}]"))
        else:
            keys = {item.name for item, _ in settings_of(known[name])}
            for key, value in table.items():
                if key in keys:
                    values[name, key] = value, f"{place(name, key)}: [{name}] {key}"
                else:
                    problems.append(Problem(place(name, key), _unknown_key(name, key, keys), (name, key)))
    return values


def parse_toml(text: str, path: str, problems: list[Problem]) -> dict[str, Any] | None:
    """None: it is not valid, or could take minutes to read."""
    try:
        if line := _line_of_dots(text):
            what = f"has more than {MOST_DOTS} dots; split it into shorter lines"
            problems.append(Problem(f"{path}:{line}", what))
            return None
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        problems.append(Problem(path, f"is not valid TOML: {error}"))
    except (ValueError, RecursionError):  # a number of thousands of digits, brackets a thousand deep
        problems.append(
            Problem(path, "a number is too long, or brackets are nested too deeply; simplify the file")
        )
    return None


def _line_of_dots(text: str) -> int:
    """The number of the first line with more of them than a sane key has; 0: there is none."""
    lines = enumerate(text.split("\n"), 1)
    return next((number for number, line in lines if line.count(".") > MOST_DOTS), 0)


def _unknown_key(section: str, key: str, keys: set[str]) -> str:
    if key == BOARD[0]:
        return f"[{section}] {key} does not belong in a section; move it to the top of the file"
    if is_secret(key):
        return f"[{section}] {key}: {NO_KEYS}"
    return f"[{section}] {key!r} is not a known setting" + did_you_mean(key, keys)
