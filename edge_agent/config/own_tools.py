"""Tools of the device's owner: the tables [[tools]]. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import field
from typing import Any
from urllib.parse import urlsplit

from ..vocabulary.frozen import frozen
from .tables import NAME, NO_NAME, TableKind

BACKGROUND_S = 3600.0
PLACEHOLDER = re.compile(r"\{(\w+)\}")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
MOST_TOOLS = 64
BOUNDS = {"timeout_s": (0.1, 300.0), "output_chars": (64, 65_536)}
ONLY_COMMAND, ONLY_HTTP = {"user"}, {"method", "hosts", "headers", "secret_headers"}
LISTS = dict.fromkeys(("command", "hosts"), '["/usr/local/bin/gate", "open"]')
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

    @property
    def runs_s(self) -> float:
        """How long it may run, whoever waits for it."""
        return BACKGROUND_S if self.background else self.timeout_s


def _complaints(tool: OwnTool, given: set[str]) -> Iterator[str]:
    if not NAME.fullmatch(tool.name):
        yield NO_NAME
    if not tool.description.strip():
        yield "description must say what the tool does, or the model cannot know"
    if bool(tool.command) == bool(tool.url):
        yield "set either command or url"
    strange = (ONLY_HTTP if tool.command else ONLY_COMMAND) & given
    if strange and (tool.command or tool.url):
        yield f"{', '.join(sorted(strange))}: does not belong to a {'command' if tool.command else 'url'}"
    if tool.url:
        yield from _http_complaints(tool)
    if tool.parameters.get("type", "object") != "object":
        yield 'parameters must be a JSON Schema of type "object"'


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


CHOICES = {"method": METHODS, "confirm": ("", "button")}
OWN_TOOLS = TableKind("tools", "tool", OwnTool, _complaints, MOST_TOOLS, BOUNDS, CHOICES, LISTS)
