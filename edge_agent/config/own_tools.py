"""Tools of the device's owner: the tables [[tools]]. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import field
from typing import Any
from urllib.parse import SplitResult

from ..vocabulary.frozen import frozen
from .tables import TableKind, program_or_address, web_address

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
    only = ONLY_COMMAND, ONLY_HTTP
    yield from program_or_address(tool.name, tool.command, tool.url, given, only=only)
    if not tool.description.strip():
        yield "description must say what the tool does, or the model cannot know"
    if address := web_address(tool.url):
        yield from _http_complaints(tool, address)
    if tool.parameters.get("type", "object") != "object":
        yield 'parameters must be a JSON Schema of type "object"'


def _http_complaints(tool: OwnTool, address: SplitResult) -> Iterator[str]:
    if "{" in address.netloc:
        yield "url: arguments may stand only in its path and query"
    elif address.hostname not in tool.hosts:
        yield f'hosts must list the host of the url: hosts = ["{address.hostname}"]'
    known = tool.parameters.get("properties", {})
    for name in PLACEHOLDER.findall(tool.url):
        if name not in known:
            yield f"url: {{{name}}} is not one of the parameters"


CHOICES = {"method": METHODS, "confirm": ("", "button")}
OWN_TOOLS = TableKind("tools", "tool", OwnTool, _complaints, MOST_TOOLS, BOUNDS, CHOICES, LISTS)
