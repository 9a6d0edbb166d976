"""Reads the configuration: every error at once, each with its place and what to do."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import Field, dataclass, fields, is_dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

from . import rules
from .lines import key_lines
from .model import Config

DEFAULT_PATH = Path("/etc/edge-agent/edge-agent.toml")
PATH_VARIABLE = "EDGE_AGENT_CONFIG"
SECRETS = frozenset({"api_key", "key", "secret", "password", "token", "api-key"})
Values = dict[tuple[str, str], tuple[Any, str]]  # (section, key) -> (value, where it was set)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where, what, and what to do about it."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}" if self.where else self.what


def load(
    path: Path | None = None,
    *,
    environ: Mapping[str, str] = os.environ,
    flags: Mapping[tuple[str, str], Any] | None = None,
) -> tuple[Config, list[Problem]]:
    """The configuration and all that is wrong with it; with problems it is only good for showing.

    `path` None: what EDGE_AGENT_CONFIG names, else /etc/edge-agent/edge-agent.toml if there is one.
    """
    problems: list[Problem] = []
    if path is None:
        named = environ.get(PATH_VARIABLE)
        path = Path(named) if named else (DEFAULT_PATH if DEFAULT_PATH.exists() else None)
    values: Values = {}
    if path is not None:
        values |= _from_file(path, problems)
    values |= _from_environment(environ, values, problems)
    values |= {key: (value, "command line") for key, value in (flags or {}).items()}
    misread = bool(problems)  # then a default may stand where something else was meant
    config, bad = _build(values, problems)
    unsure = bad | (rules.INPUTS - values.keys() if misread else set())
    for (section, key), what in rules.check(config, unsure):
        _, place = values.get((section, key), ("", f"[{section}] {key}"))
        problems.append(Problem(place, what))
    return replace(config, path=path), problems


def sections() -> dict[str, Any]:
    """The section classes by name."""
    return {name: hint for name, hint in get_type_hints(Config).items() if is_dataclass(hint)}


def settings_of(section: Any) -> Iterator[tuple[Field[Any], Any]]:
    """The fields of a section class, each with its resolved type."""
    hints = get_type_hints(section)
    for item in fields(section):
        yield item, hints[item.name]


def variable(section: str, key: str) -> str:
    return f"EDGE_AGENT_{section}_{key}".upper()


def _from_file(path: Path, problems: list[Problem]) -> Values:
    try:
        text = path.read_text("utf-8")
        document = tomllib.loads(text)
    except OSError as error:
        problems.append(
            Problem(str(path), f"cannot be read ({error.strerror}); check the path and who may read it")
        )
        return {}
    except UnicodeDecodeError:
        problems.append(Problem(str(path), "is no text in UTF-8; is it the right file?"))
        return {}
    except tomllib.TOMLDecodeError as error:
        problems.append(Problem(str(path), f"is no valid TOML: {error}"))
        return {}
    lines = key_lines(text)

    def place(section: str, key: str = "") -> str:
        line = lines.get((section, key)) or lines.get((section, ""))
        return f"{path}:{line}" if line else str(path)

    values: Values = {}
    known = sections()
    for name, table in document.items():
        if name not in known:
            what = (
                f"[{name}] is no section"
                if isinstance(table, dict)
                else f"{name!r} stands outside any section"
            )
            problems.append(Problem(place(name), what + _did_you_mean(name, known)))
        elif not isinstance(table, dict):
            problems.append(Problem(place(name), f"{name!r} should be a section: [{name}]"))
        else:
            keys = {item.name for item, _ in settings_of(known[name])}
            for key, value in table.items():
                if key in keys:
                    values[name, key] = value, f"{place(name, key)}: [{name}] {key}"
                else:
                    problems.append(Problem(place(name, key), _unknown_key(name, key, keys)))
    return values


def _unknown_key(section: str, key: str, keys: set[str]) -> str:
    if key in SECRETS:
        return (
            f"[{section}] {key}: keys do not belong into this file, which others may read; put it into a file"
            " of its own and name that as api_key_file, or into AZURE_OPENAI_API_KEY"
        )
    return f"[{section}] {key!r} is no setting" + _did_you_mean(key, keys)


def _did_you_mean(word: str, known: Any) -> str:
    close = get_close_matches(word, list(known), n=1, cutoff=0.5)
    return f"; did you mean {close[0]!r}?" if close else f"; there are {', '.join(sorted(known))}"


def _from_environment(environ: Mapping[str, str], set_before: Values, problems: list[Problem]) -> Values:
    values: Values = {}
    names = set()
    provider = (
        environ.get(variable("service", "provider")) or set_before.get(("service", "provider"), ("", ""))[0]
    )
    for section, cls in sections().items():
        for item, kind in settings_of(cls):
            name = variable(section, item.name)
            names.add(name)
            alias = item.metadata["env"] if provider != "openai" else ""
            for variable_name in (name, alias):
                if text := environ.get(variable_name):
                    values[section, item.name] = _parse(text, kind), variable_name
                    break
    for name in environ:
        if name.startswith("EDGE_AGENT_") and name not in names and name != PATH_VARIABLE:
            problems.append(Problem(name, "is no setting" + _did_you_mean(name, names)))
    endpoint = values.get(("service", "endpoint")) or set_before.get(("service", "endpoint"))
    if not provider and not endpoint and environ.get("OPENAI_API_KEY"):
        values["service", "provider"] = "openai", "OPENAI_API_KEY"
    return values


def _parse(text: str, kind: Any) -> Any:
    """An environment variable's text as the kind of value its setting has; unchanged where it is none."""
    parsers: dict[Any, Callable[[str], Any]] = {int: int, float: float}
    if kind is bool:
        return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}.get(
            text.lower(), text
        )
    try:
        return parsers.get(kind, str)(text)
    except ValueError:
        return text


def _build(values: Values, problems: list[Problem]) -> tuple[Config, set[tuple[str, str]]]:
    """The configuration, and the keys whose values were no good: these are at their defaults."""
    built, bad = {}, set()
    for section, cls in sections().items():
        chosen = {}
        for item, kind in settings_of(cls):
            if (section, item.name) in values:
                value, where = values[section, item.name]
                if complaint := _complaint(value, kind, item.metadata):
                    problems.append(Problem(where, complaint))
                    bad.add((section, item.name))
                else:
                    chosen[item.name] = float(value) if kind is float else value
        built[section] = cls(**chosen)
    return Config(**built), bad


def _is_text(value: str) -> bool:
    """No zero byte, and no rest of bytes that are no UTF-8 (the environment can hold those)."""
    return "\0" not in value and not any("\ud800" <= char <= "\udfff" for char in value)


def _complaint(value: Any, kind: Any, meta: Mapping[str, Any]) -> str:
    """Why `value` is not good for a setting; empty if it is."""
    shown = "what stands here" if meta["key_at_risk"] else repr(value)
    if get_origin(kind) is Literal:
        choices = get_args(kind)
        if value in choices:
            return ""
        close = get_close_matches(str(value), choices, n=1)
        listed = ", ".join(map(repr, choices))
        return f"{shown} is none of {listed}" + (f"; did you mean {close[0]!r}?" if close else "")
    fits = isinstance(value, int | float) if kind is float else isinstance(value, kind)
    if not fits or (isinstance(value, bool) and kind is not bool):
        wanted = {bool: "true or false", int: "a whole number", float: "a number", str: "text in quotes"}[
            kind
        ]
        return f"{shown} should be {wanted}"
    if isinstance(value, str) and not _is_text(value):
        return "holds characters that no text has; type it anew"
    low, high = meta["low"], meta["high"]
    if low is not None and not low <= value <= high:
        unit = f" {meta['unit']}" if meta["unit"] else ""
        return f"{value} is out of range: {low:g} to {high:g}{unit}"
    return ""
