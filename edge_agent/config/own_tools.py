"""Tools of the device's owner: the tables [[tools]]. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import field, fields
from typing import Any
from urllib.parse import urlsplit

from ..vocabulary.frozen import frozen
from .headers import NAME as HEADER
from .suggest import did_you_mean

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")  # as services take it
PLACEHOLDER = re.compile(r"\{(\w+)\}")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
MOST_TOOLS = 64
BOUNDS = {"timeout_s": (0.1, 300.0), "output_chars": (64, 65_536)}
ONLY_COMMAND, ONLY_HTTP = {"user"}, {"method", "hosts", "headers", "secret_headers"}
EXAMPLE = """
# Your own tools: a program, or a request over HTTP. docs/tools.md has all keys.
# [[tools]]
# name = "open_gate"
# description = "Opens the garden gate."
# command = ["/usr/local/bin/gate", "open"]
# confirm = "button"
"""


@frozen
class OwnTool:
    """`parameters`: JSON Schema of the arguments. `command`: a program and its arguments, which gets those of the call
    as JSON on its standard input. `url`: with {names} of arguments in its path and query. `hosts`: that it may reach.
    `secret_headers`: files that hold the values. `confirm`: "button", or nothing."""

    name: str = ""
    description: str = ""
    parameters: dict[str, Any] = field(default_factory=dict)
    command: tuple[str, ...] = ()
    user: str = ""
    url: str = ""
    method: str = "GET"
    hosts: tuple[str, ...] = ()
    headers: dict[str, str] = field(default_factory=dict)
    secret_headers: dict[str, str] = field(default_factory=dict)
    timeout_s: float = 10.0
    output_chars: int = 4096
    background: bool = False
    once: bool = False
    confirm: str = ""
    hidden: bool = False


DEFAULTS = {item.name: getattr(OwnTool(), item.name) for item in fields(OwnTool)}


def parse(tables: Any) -> tuple[tuple[OwnTool, ...], list[tuple[str, str]]]:
    """The tools, and what is wrong: (which, what) each, all of it."""
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        return (), [("tools", "each tool is a table of its own, headed [[tools]]")]
    tools: list[OwnTool] = []
    problems: list[tuple[str, str]] = []
    for number, table in enumerate(tables, 1):
        name = table.get("name")
        which = f"[[tools]] {name if isinstance(name, str) and NAME.fullmatch(name) else f'number {number}'}"
        found = list(_complaints(table))
        if any(tool.name == name for tool in tools):
            found.append("another tool has this name; give each its own")
        problems += [(which, what) for what in found]
        if not found:
            tools.append(OwnTool(**{key: _kept(value) for key, value in table.items()}))
    if len(tables) > MOST_TOOLS:
        problems.append(("[[tools]]", f"there are {len(tables)} tools; {MOST_TOOLS} are the most"))
    return tuple(tools), problems


def _kept(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _complaints(table: dict[str, Any]) -> Iterator[str]:
    for key, value in table.items():
        if key not in DEFAULTS:
            yield f"{key!r} is not a key of a tool{did_you_mean(key, DEFAULTS)}"
        elif complaint := _misfit(key, value):
            yield f"{key} {complaint}"
    if any(key not in DEFAULTS or _misfit(key, value) for key, value in table.items()):
        return  # what follows would only repeat it
    tool = OwnTool(**{key: _kept(value) for key, value in table.items()})
    if not NAME.fullmatch(tool.name):
        yield "name must be set: 1 to 64 letters, digits, _ or -, and no digit first"
    if not tool.description.strip():
        yield "description must say what the tool does, or the model cannot know"
    if bool(tool.command) == bool(tool.url):
        yield "set either command or url"
    strange = (ONLY_HTTP if tool.command else ONLY_COMMAND) & table.keys()
    if strange and (tool.command or tool.url):
        yield f"{', '.join(sorted(strange))}: does not belong to a {'command' if tool.command else 'url'}"
    if tool.url:
        yield from _http_complaints(tool)
    if tool.parameters.get("type", "object") != "object":
        yield 'parameters must be a JSON Schema of type "object"'


def _misfit(key: str, value: Any) -> str:
    default = DEFAULTS[key]
    if isinstance(default, bool) or isinstance(value, bool):
        return "" if isinstance(default, bool) and isinstance(value, bool) else _wanted(default)
    if isinstance(default, tuple):
        fits = isinstance(value, list) and value and all(isinstance(item, str) and item for item in value)
        return "" if fits else 'must be a list of texts, as in ["/usr/local/bin/gate", "open"]'
    if isinstance(default, float | int):
        low, high = BOUNDS[key]
        fits = isinstance(value, int | float) and (isinstance(default, float) or isinstance(value, int))
        return "" if fits and low <= value <= high else f"must be a number from {low:g} to {high:g}"
    if not isinstance(value, type(default)):
        return _wanted(default)
    if key in ("headers", "secret_headers"):
        fits = all(HEADER.fullmatch(name) and isinstance(text, str) for name, text in value.items())
        return (
            "" if fits else 'must be a table of texts by name of the header, as in { Accept = "text/plain" }'
        )
    if key == "method" and value not in METHODS:
        return f"must be one of {', '.join(METHODS)}"
    return 'must be "button", or left out' if key == "confirm" and value not in ("", "button") else ""


def _wanted(default: Any) -> str:
    kinds = {bool: "true or false", str: "text in quotes", dict: "a table"}
    return f"must be {kinds.get(type(default), 'of another type')}"


def _http_complaints(tool: OwnTool) -> Iterator[str]:
    url = urlsplit(tool.url)
    if url.scheme not in ("http", "https") or not url.hostname:
        yield "url must begin with http:// or https:// and name a host"
    elif "{" in url.netloc:
        yield "url: arguments may stand only in its path and query"
    elif url.hostname not in tool.hosts:
        yield f'hosts must list the host of the url: hosts = ["{url.hostname}"]'
    known = tool.parameters.get("properties", {})
    for name in PLACEHOLDER.findall(tool.url):
        if name not in known:
            yield f"url: {{{name}}} is not one of the parameters"
