"""Which tools of an MCP server are offered to the service, and under which names. Pure."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from functools import partial
from typing import Any

from ...config.mcp_servers import ALL, McpServer
from ...vocabulary.tool_events import Tool
from ..definition import Arguments, ToolDefinition, no_parameters
from .messages import ListedTool

LONGEST_NAME = 64
NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_-]")
RunMcp = Callable[[McpServer, str, Arguments], Awaitable[str]]


class Names:
    """Under which name each tool of a server is known, as long as the device runs: the first of a name keeps it, and
    another gets that of its server before it. `taken`: by tools of the device and its owner."""

    def __init__(self, taken: Collection[str]) -> None:
        self._taken = set(taken)
        self._given: dict[tuple[str, str], str] = {}

    def of(self, server: str, tool: str) -> str:
        if (server, tool) not in self._given:
            name = next(name for name in _choices(server, tool) if name not in self._taken)
            self._taken.add(name)
            self._given[server, tool] = name
        return self._given[server, tool]


def _choices(server: str, tool: str) -> Iterator[str]:
    plain = NOT_IN_NAMES.sub("_", tool)
    if plain[:1].isalpha() or plain.startswith("_"):
        yield plain[:LONGEST_NAME]
    yield f"{server}_{plain}"[:LONGEST_NAME]
    number = 2
    while True:
        ending = f"_{number}"
        yield f"{server}_{plain}"[: LONGEST_NAME - len(ending)] + ending
        number += 1


def definitions(
    server: McpServer, listed: Sequence[ListedTool], names: Names, run: RunMcp
) -> list[ToolDefinition]:
    """Of the tools that its table allows."""
    return [_definition(server, tool, names, run) for tool in listed if server.allows(tool.name)]


def _definition(server: McpServer, tool: ListedTool, names: Names, run: RunMcp) -> ToolDefinition:
    traits: dict[str, Any] = {
        mark: server.marks(mark, tool.name) for mark in ("background", "once", "confirm")
    }
    return ToolDefinition(
        Tool(names.of(server.name, tool.name), server.timeout_s, **traits),
        tool.description or tool.name,
        partial(run, server, tool.name),
        {"type": "object"} | tool.schema if tool.schema else no_parameters(),
        source=f"MCP server {server.name}",
        hidden=server.marks("hidden", tool.name),
        output_chars=server.output_chars,
        checks=_checked_there if tool.checked else None,
    )


def _checked_there(_: Arguments) -> None:
    """The process that calls the tool checks what it is called with."""


def missing(server: McpServer, listed: Sequence[ListedTool]) -> list[str]:
    """What its table allows and it does not have."""
    known = {tool.name for tool in listed}
    return [name for name in server.tools if name != ALL and name not in known]


def not_offered(server: McpServer, listed: Sequence[ListedTool]) -> list[str]:
    """What it has and its table does not allow."""
    return [tool.name for tool in listed if not server.allows(tool.name)]
