"""What the daemon and the process that speaks with MCP servers say to each other: a line of JSON each. Pure."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any, TypeAlias

from ...config.mcp_servers import McpServer
from ...vocabulary.frozen import frozen
from ..definition import Json

LONGEST_LINE = 4 * 2**20  # bytes


@frozen
class ServeMcp:
    """To the process, first: these are the servers."""

    servers: tuple[McpServer, ...]


@frozen
class CallMcp:
    """To the process: `McpReturned` answers."""

    number: int
    server: str
    tool: str
    arguments: Json


@frozen
class CancelMcp:
    """To the process: nobody waits for this call any more. Nothing answers."""

    number: int


@frozen
class AskMcp:
    """To the process: `McpAlive` answers."""


@frozen
class ListedTool:
    """`schema`: of its arguments. `checked`: the process checks them, since that takes a package."""

    name: str
    description: str
    schema: Json
    checked: bool = False


@frozen
class McpListed:
    """From the process: a server is there, and has these tools. `left_out`: why others are not among them."""

    server: str
    tools: tuple[ListedTool, ...]
    left_out: tuple[str, ...] = ()


@frozen
class McpDown:
    """From the process: a server is not there; it is tried again."""

    server: str
    why: str


@frozen
class McpReturned:
    """From the process: what came of a call. `failed`: why, without words of people; `output` is what the model is
    told."""

    number: int
    output: str
    failed: str = ""


@frozen
class McpAlive:
    """From the process."""


ToProcess: TypeAlias = ServeMcp | CallMcp | CancelMcp | AskMcp
FromProcess: TypeAlias = McpListed | McpDown | McpReturned | McpAlive
KINDS: dict[str, type[ToProcess | FromProcess]] = {
    kind.__name__: kind
    for kind in (ServeMcp, CallMcp, CancelMcp, AskMcp, McpListed, McpDown, McpReturned, McpAlive)
}
MEMBERS: dict[tuple[str, str], type[McpServer | ListedTool]] = {
    ("ServeMcp", "servers"): McpServer,
    ("McpListed", "tools"): ListedTool,
}


def to_line(message: ToProcess | FromProcess) -> bytes:
    kind = type(message).__name__
    return json.dumps({"is": kind} | asdict(message)).encode() + b"\n"


def of_line(line: bytes) -> ToProcess | FromProcess:
    """Raises ValueError: it is not what `to_line` made."""
    try:
        fields = json.loads(line)
        name = fields.pop("is")
        kind = KINDS[name]
        return kind(**{key: _member(name, key, value) for key, value in fields.items()})
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"not a message: {type(error).__name__}") from None


def _member(kind: str, key: str, value: Any) -> Any:
    if not isinstance(value, list):
        return value
    if member := MEMBERS.get((kind, key)):
        return tuple(member(**{name: _tuple(inner) for name, inner in one.items()}) for one in value)
    return tuple(value)


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
