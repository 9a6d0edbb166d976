"""Arrays of tables in the configuration, as [[tools]] and [[mcp]]: read, with all that is wrong with each. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any, Generic, TypeVar
from urllib.parse import SplitResult, urlsplit

from .headers import NAME as HEADER
from .suggest import did_you_mean

T = TypeVar("T")
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")  # as services take it
NO_NAME = "name must be set: 1 to 64 letters, digits, _ or -, and no digit first"
NO_ADDRESS = "must begin with http:// or https:// and name a host"
KINDS = {bool: "true or false", str: "text in quotes", dict: "a table"}
TEXTS_BY_HEADER = ("headers", "secret_headers")


def read_tables(
    head: str,
    noun: str,
    most: int,
    tables: Any,
    read: Callable[[int, Mapping[str, Any]], tuple[str, T | None, list[str]]],
) -> tuple[tuple[T, ...], list[tuple[str, str]]]:
    """What they say, and what is wrong: (which, what) each, all of it. `read` takes each with its number: what to call
    it, what it becomes, and what is wrong with it."""
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        return (), [(head, f"each {noun} is a table of its own, headed [[{head}]]")]
    made: list[T] = []
    problems: list[tuple[str, str]] = []
    for number, table in enumerate(tables, 1):
        called, one, found = read(number, table)
        problems += [(f"[[{head}]] {called}", what) for what in found]
        made += [one] if one is not None and not found else []
    if len(tables) > most:
        problems.append((f"[[{head}]]", f"there are {len(tables)} {noun}s; {most} are the most"))
    return tuple(made), problems


@dataclass(frozen=True)
class TableKind(Generic[T]):
    """`made`: what a table becomes, a dataclass with a default for each key, of which one is `name`. `bounds` of its
    numbers, `choices` of its texts, `lists`: an example of each list. `complaints`: what is wrong with one, beyond its
    types."""

    head: str
    noun: str
    made: type[T]
    complaints: Callable[[T, set[str]], Iterator[str]]
    most: int
    bounds: Mapping[str, tuple[float, float]]
    choices: Mapping[str, tuple[str, ...]]
    lists: Mapping[str, str]

    @property
    def defaults(self) -> dict[str, Any]:
        return {
            item.name: item.default if item.default is not MISSING else {}
            for item in fields(self.made)  # type: ignore[arg-type]
        }

    def parse(self, tables: Any) -> tuple[tuple[T, ...], list[tuple[str, str]]]:
        """What they say, and what is wrong: (which, what) each, all of it."""
        names: set[str] = set()

        def read(number: int, table: Mapping[str, Any]) -> tuple[str, T | None, list[str]]:
            given = table.get("name")
            name = given if isinstance(given, str) and NAME.fullmatch(given) else ""
            one, found = self._read(table)
            if name in names:
                found.append(f"another {self.noun} has this name; give each its own")
            names.update({name} - {""})
            return name or f"number {number}", one, found

        return read_tables(self.head, self.noun, self.most, tables, read)

    def _read(self, table: Mapping[str, Any]) -> tuple[T | None, list[str]]:
        defaults = self.defaults
        found = []
        for key, value in table.items():
            if key not in defaults:
                found.append(f"{key!r} is not a key of a {self.noun}{did_you_mean(key, defaults)}")
            elif complaint := self._misfit(key, value, defaults[key]):
                found.append(f"{key} {complaint}")
        if found:  # what follows would only repeat it
            return None, found
        kept = {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}
        one = self.made(**kept)
        return one, list(self.complaints(one, set(table)))

    def _misfit(self, key: str, value: Any, default: Any) -> str:
        if isinstance(default, bool) or isinstance(value, bool):
            fits = isinstance(default, bool) and isinstance(value, bool)
            return "" if fits else _wanted(default)
        if isinstance(default, tuple):
            fits = isinstance(value, list) and all(isinstance(item, str) and item for item in value)
            return "" if fits and value else f"must be a list of texts, as in {self.lists[key]}"
        if isinstance(default, float | int):
            low, high = self.bounds[key]
            fits = isinstance(value, int | float) and (isinstance(default, float) or isinstance(value, int))
            return "" if fits and low <= value <= high else f"must be a number from {low:g} to {high:g}"
        if not isinstance(value, type(default)):
            return _wanted(default)
        if key in self.choices and value not in self.choices[key]:
            return _choose(self.choices[key])
        return _no_texts(key, value) if isinstance(value, dict) and key != "parameters" else ""


def _wanted(default: Any) -> str:
    return f"must be {KINDS.get(type(default), 'of another type')}"


def _choose(choices: tuple[str, ...]) -> str:
    """An empty one stands for a key that is left out."""
    named = [choice for choice in choices if choice]
    if len(named) == 1:
        return f'must be "{named[0]}", or left out'
    return f"must be one of {', '.join(named)}"


def _no_texts(key: str, value: Mapping[str, Any]) -> str:
    if key in TEXTS_BY_HEADER:
        fits = all(HEADER.fullmatch(name) and isinstance(text, str) for name, text in value.items())
        what = 'by name of the header, as in { Accept = "text/plain" }'
    else:
        fits = all(name and "=" not in name and isinstance(text, str) for name, text in value.items())
        what = 'by name of the variable, as in { LANG = "C.UTF-8" }'
    return "" if fits else f"must be a table of texts {what}"


def program_or_address(
    name: str, command: tuple[str, ...], url: str, given: set[str], *, only: tuple[set[str], set[str]]
) -> Iterator[str]:
    """What is wrong with what is either of these. `only`: the keys of a program, and of an address."""
    if not NAME.fullmatch(name):
        yield NO_NAME
    if bool(command) == bool(url):
        yield "set either command or url"
    strange = only[1 if command else 0] & given
    if strange and (command or url):
        yield f"{', '.join(sorted(strange))}: does not belong to a {'command' if command else 'url'}"
    if url and not web_address(url):
        yield f"url {NO_ADDRESS}"


def web_address(url: str) -> SplitResult | None:
    """The parts of one of HTTP; None: it is not one."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - one that is not a number raises
    except ValueError:
        return None
    return parts if parts.scheme in ("http", "https") and parts.hostname else None
