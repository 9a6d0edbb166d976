"""Reads the configuration: all errors together, each with its place and what to do."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, time
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin

from ..vocabulary.text import is_text
from . import rules
from .boards import load_board, pin_problems
from .changes import CHANGES, may_change
from .document import BOARD, Problem, is_secret, parse_document, read
from .fleet_settings import FleetPart, FleetSettings, may_set
from .mcp_servers import MCP_SERVERS
from .model import Config
from .own_tools import OWN_TOOLS
from .pasted import parts_of, unwrapped
from .providers import PROVIDERS
from .sections import Values, sections, settings_of
from .suggest import did_you_mean
from .wake_words import parse_words
from .web_settings import WebSettings

T = TypeVar("T")
DEFAULT_PATH = Path("/etc/edge-agent/edge-agent.toml")
SERVICE = "service"
PATH_VARIABLE = "EDGE_AGENT_CONFIG"
BOARD_VARIABLE = "EDGE_AGENT_BOARD"
ConfigCheck = Callable[[Config, Collection[rules.Key]], Iterator[tuple[rules.Key, str]]]  # as rules.check
TryOut = Callable[
    [str], tuple[Config, list[Problem]]
]  # the configuration with these changes, and its problems
# what the tables say, and (which, what) is wrong
TableParser = Callable[[Any], tuple[tuple[T, ...], list[tuple[str, str]]]]


def load(
    path: Path | None = None,
    *,
    environ: Mapping[str, str] = os.environ,
    flags: Mapping[tuple[str, str], Any] | None = None,
    flag: Callable[[rules.Key], str] = lambda _: "command line",
    checks: Sequence[ConfigCheck] = (),
    changes: Callable[[], str] = lambda: "",
    changes_file: str = CHANGES,
    part: Callable[[], FleetPart | None] = lambda: None,
) -> tuple[Config, list[Problem]]:
    """The configuration and its problems; a configuration with problems is only fit to be shown.

    `path` None: what EDGE_AGENT_CONFIG names, else /etc/edge-agent/edge-agent.toml if there is one. `flag` says where
    one of `flags` was set. `checks`: further ones, after the rules of this package; the commands pass those of
    `audio.config_checks`. `changes`: what was changed on the running device, and `changes_file` its name for people.
    `part`: what the fleet has set, where there is a fleet.
    """
    problems: list[Problem] = []
    if path is None:
        named = environ.get(PATH_VARIABLE)
        path = Path(named) if named else (DEFAULT_PATH if DEFAULT_PATH.exists() else None)
    values = read(path, problems) if path is not None else {}
    chosen, where = _board(values, environ)
    tools = _tables(values, OWN_TOOLS.head, OWN_TOOLS.parse, problems)
    servers = _tables(values, MCP_SERVERS.head, MCP_SERVERS.parse, problems)
    words = _tables(values, "wake", parse_words, problems)
    board, profile = load_board(chosen, where, problems)
    sources = dict.fromkeys(profile, "board") | dict.fromkeys(values, "file")
    values = profile | values
    given = _from_environment(environ, values, problems)
    given |= {key: (value, flag(key)) for key, value in (flags or {}).items()}
    changed = _from_changes(_changes(changes, changes_file, problems), changes_file, values | given, problems)
    signed = part() if (values | given).get(("fleet", "repository"), ("", ""))[0] else None
    from_fleet = _from_fleet(signed, values | given, problems) if signed else {}
    sources |= dict.fromkeys(changed, "changes") | dict.fromkeys(from_fleet, "fleet")
    sources |= {key: where for key, (_, where) in given.items()}
    values |= changed | from_fleet | given
    _take_apart(values, sources, problems)
    misread = bool(problems)  # then a default may stand where something else was meant
    config, bad = _build(values, problems)
    config = replace(config, tools=tools, mcp=servers, wake=words)
    unsure = bad | (rules.INPUTS - values.keys() if misread else set())
    complaints = [
        *(complaint for check in (rules.check, *checks) for complaint in check(config, unsure)),
        *pin_problems(board, config.panel),
    ]
    for (section, key), what in complaints:
        _, place = values.get((section, key), ("", f"[{section}] {key}"))
        problems.append(Problem(place, what, (section, key)))
    config = replace(config, path=path, fleet_part=signed.sha256 if signed else "")
    return replace(config, board=chosen, sources=sources), problems


def _tables(values: Values, head: str, parse: TableParser[T], problems: list[Problem]) -> tuple[T, ...]:
    """Those under a head, taken out of `values`."""
    tables, where = values.pop((head, ""), ([], ""))
    made, complaints = parse(tables)
    problems += [Problem(f"{where}: {which}", what) for which, what in complaints]
    return made


def _take_apart(values: Values, sources: dict[rules.Key, str], problems: list[Problem]) -> None:
    """Names and addresses as they were pasted. What is set by itself counts; an address must not say otherwise."""
    for key, (value, where) in values.items():
        if key[0] == SERVICE and isinstance(value, str):
            values[key] = unwrapped(value), where
    address, where = values.get((SERVICE, "endpoint"), ("", ""))
    if not isinstance(address, str) or not address:
        return
    found = parts_of(address)
    provider = values.get((SERVICE, "provider"), ("", ""))[0]
    if found.provider and provider not in ("", found.provider):
        return  # the rules say it
    values[SERVICE, "endpoint"] = found.endpoint, where
    chosen_row = PROVIDERS.get(provider) if isinstance(provider, str) else None
    of_agents = ("project", "agent") if chosen_row and chosen_row.is_agent else ()
    for name in ("provider", "deployment", "api_version", *of_agents):
        said, (chosen, _) = getattr(found, name), values.get((SERVICE, name), ("", ""))
        if said and not chosen and (name != "api_version" or found.provider):
            values[SERVICE, name] = said, where
            sources[SERVICE, name] = sources[SERVICE, "endpoint"]
        elif said and name == "deployment" and chosen != said:
            what = (
                f"the address names the deployment {said!r}, and service.deployment is {chosen!r}; remove one"
            )
            problems.append(Problem(where, what))


def variable(section: str, key: str) -> str:
    return f"EDGE_AGENT_{section}_{key}".upper()


def _board(values: Values, environ: Mapping[str, str]) -> tuple[Any, str]:
    """What names the board, taken out of `values`, and where."""
    chosen = values.pop(BOARD, ("", ""))
    name = environ.get(BOARD_VARIABLE)
    return (name, BOARD_VARIABLE) if name else chosen


def _from_fleet(part: FleetPart, values: Values, problems: list[Problem]) -> Values:
    """What it may set."""
    allowed = str(values.get(("fleet", "may_set"), (FleetSettings().may_set, ""))[0])
    found = parse_document(part.text, part.target, problems)
    return {key: value for key, value in found.items() if may_set(allowed, *key)}


def _changes(read: Callable[[], str], file: str, problems: list[Problem]) -> str:
    try:
        return read()
    except (OSError, UnicodeDecodeError) as error:
        problems.append(Problem(file, f"cannot be read ({error}); check its owner and mode, or remove it"))
        return ""


def _from_changes(text: str, file: str, values: Values, problems: list[Problem]) -> Values:
    """What may still be changed: the owner may have thought better of it."""
    allowed = str(values.get(("web", "may_set"), (WebSettings().may_set, ""))[0])
    found = parse_document(text, file, problems)
    return {key: value for key, value in found.items() if may_change(allowed, *key)}


def _from_environment(environ: Mapping[str, str], set_before: Values, problems: list[Problem]) -> Values:
    values: Values = {}
    names = {BOARD_VARIABLE}
    provider = (
        environ.get(variable("service", "provider")) or set_before.get(("service", "provider"), ("", ""))[0]
    )
    chosen = PROVIDERS.get(provider) if isinstance(provider, str) else None
    for section, cls in sections().items():
        for item, kind in settings_of(cls):
            name = variable(section, item.name)
            names.add(name)
            alias = item.metadata["env"] if chosen is None or chosen.in_azure else ""
            for variable_name in (name, alias):
                if text := environ.get(variable_name):
                    values[section, item.name] = typed(text, kind), variable_name
                    break
    for name in environ:
        if not name.startswith("EDGE_AGENT_") or name in names or name == PATH_VARIABLE:
            continue
        if is_secret(name.removeprefix("EDGE_AGENT_").removeprefix("SERVICE_")):
            problems.append(Problem(name, "is not a setting; put the key in AZURE_OPENAI_API_KEY"))
        else:
            problems.append(Problem(name, "is not a known setting" + did_you_mean(name, names)))
    endpoint = values.get(("service", "endpoint")) or set_before.get(("service", "endpoint"))
    if not provider and not endpoint:
        for name, known in PROVIDERS.items():
            if known.endpoint and environ.get(known.key_variable):
                values["service", "provider"] = name, known.key_variable
                break
    return values


def typed(text: str, kind: Any) -> Any:
    """A text, as of an environment variable, converted to the type of its setting; unchanged if it cannot
    be."""
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
    """The configuration, and the keys whose values were invalid: these have their defaults."""
    built, bad = {}, set()
    for section, cls in sections().items():
        chosen = {}
        for item, kind in settings_of(cls):
            if (section, item.name) in values:
                value, where = values[section, item.name]
                if complaint := _complaint(value, kind, item.metadata):
                    problems.append(Problem(where, complaint, (section, item.name)))
                    bad.add((section, item.name))
                else:
                    chosen[item.name] = float(value) if kind is float else value
        built[section] = cls(**chosen)
    return Config(**built), bad


def _shown(value: Any) -> str:
    """As written in the file."""
    return str(value) if isinstance(value, date | time) else repr(value)


def _complaint(value: Any, kind: Any, meta: Mapping[str, Any]) -> str:
    """Why `value` is invalid for a setting; empty if it is valid."""
    shown = "this value" if meta["key_at_risk"] else _shown(value)
    if get_origin(kind) is Literal:
        choices = get_args(kind)
        if value in choices:
            return ""
        known = meta["meant"].get(str(value))
        close = [known] if known else get_close_matches(str(value), choices, n=1)
        listed = ", ".join(map(repr, choices))
        return f"{shown} must be one of {listed}" + (f"; did you mean {close[0]!r}?" if close else "")
    fits = isinstance(value, int | float) if kind is float else isinstance(value, kind)
    if not fits or (isinstance(value, bool) and kind is not bool):
        wanted = {bool: "true or false", int: "a whole number", float: "a number", str: "text in quotes"}[
            kind
        ]
        return f"{shown} must be {wanted}"
    if isinstance(value, str) and ("\0" in value or not is_text(value)):
        return "contains invalid characters; retype it"
    low, high = meta["low"], meta["high"]
    if low is not None and not low <= value <= high:
        unit = f" {meta['unit']}" if meta["unit"] else ""
        return f"{value} is out of range: {low:.9g} to {high:.9g}{unit}"
    return ""
