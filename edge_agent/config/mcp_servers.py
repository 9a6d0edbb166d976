"""Servers of the Model Context Protocol, whose tools the device or the service calls: the tables [[mcp]]. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field

from ..vocabulary.frozen import frozen
from .tables import TableKind, program_or_address

ALL = "*"  # tools of a server
MOST_SERVERS = 16
MARKS = ("confirm", "once", "hidden", "background")
BOUNDS = {"timeout_s": (0.1, 300.0), "output_chars": (64, 65_536)}
ONLY_COMMAND, ONLY_HTTP = {"environment", "secret_environment"}, {"headers", "secret_headers", "caller"}
ONLY_DEVICE = {"once", "hidden", "background", "timeout_s", "output_chars"}
LISTS = dict.fromkeys(("tools", *MARKS), '["set_light"], or ["*"] for all')
LISTS["command"] = '["/usr/local/bin/kitchen-server", "--stdio"]'
EXAMPLE = """
# Servers of the Model Context Protocol: a program, or an address. docs/tools.md has all keys.
# [[mcp]]
# name = "kitchen"
# command = ["/usr/local/bin/kitchen-server"]
# tools = ["set_light", "open_fridge"]
# confirm = ["open_fridge"]
"""


@frozen
class McpServer:
    """`command`: a program that speaks over its standard input and output; `environment`: variables that it gets.
    `url`: where it speaks streamable HTTP. `secret_...`: files that hold the values. `caller`: who connects to it.
    `tools`: of those that it has, which may be called, by its own names for them; so are the marks."""

    name: str = ""
    command: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    secret_environment: dict[str, str] = field(default_factory=dict)
    url: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    secret_headers: dict[str, str] = field(default_factory=dict)
    caller: str = "device"
    tools: tuple[str, ...] = ()
    confirm: tuple[str, ...] = ()
    once: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    background: tuple[str, ...] = ()
    timeout_s: float = 10.0
    output_chars: int = 4096

    @property
    def of_device(self) -> bool:
        return self.caller == "device"

    def allows(self, tool: str) -> bool:
        return tool in self.tools or ALL in self.tools

    def marks(self, mark: str, tool: str) -> bool:
        """Whether this tool is `confirm`, `once`, `hidden` or `background`."""
        marked: tuple[str, ...] = getattr(self, mark)
        return tool in marked or ALL in marked


def _complaints(server: McpServer, given: set[str]) -> Iterator[str]:
    only = ONLY_COMMAND, ONLY_HTTP
    yield from program_or_address(server.name, server.command, server.url, given, only=only)
    if not server.tools:
        yield f'tools must list those that may be called, or ["{ALL}"] for all'
    if not server.of_device and (unfit := ONLY_DEVICE & given):
        yield f'{", ".join(sorted(unfit))}: works only with caller = "device"'
    yield from _marks_complaints(server)


def _marks_complaints(server: McpServer) -> Iterator[str]:
    for mark in MARKS:
        unknown = [name for name in getattr(server, mark) if name != ALL and not server.allows(name)]
        if server.tools and unknown:
            yield f"{mark}: {', '.join(unknown)} must be in tools too"
    some = server.confirm and ALL not in server.confirm
    if not server.of_device and some and ALL in server.tools:
        yield f'confirm: the service must be told all tools by name, not "{ALL}"'


CHOICES = {"caller": ("device", "service")}
MCP_SERVERS = TableKind("mcp", "server", McpServer, _complaints, MOST_SERVERS, BOUNDS, CHOICES, LISTS)
