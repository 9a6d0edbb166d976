"""What of an MCP server is accepted: how many tools, how long their texts and results may be. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ...vocabulary.text import harmless
from ..arguments import is_flat
from ..definition import Json
from .messages import ListedTool, McpListed

MOST_TOOLS = 64
MOST_LEFT_OUT = 8  # that are told of
LONGEST_TOOL_NAME = 128
LONGEST_DESCRIPTION = 1024
LONGEST_SCHEMA = 16 * 1024  # characters of JSON


def accepted(server: str, offered: Iterable[tuple[Any, Any, Any]]) -> McpListed:
    """`offered`: name, description and schema of each tool, as the server gives them."""
    tools: dict[str, ListedTool] = {}
    left_out: list[str] = []
    for name, description, schema in offered:
        if not isinstance(name, str) or not 0 < len(name) <= LONGEST_TOOL_NAME or harmless(name) != name:
            left_out.append("a tool has an invalid name")
        elif name in tools:
            left_out.append(f"{name}: there are two of this name")
        elif len(tools) == MOST_TOOLS:
            left_out.append(f"{name}: {MOST_TOOLS} tools are the most")
        elif why := _unfit(schema):
            left_out.append(f"{name}: {why}")
        else:
            described = harmless(description, LONGEST_DESCRIPTION) if isinstance(description, str) else ""
            tools[name] = ListedTool(name, described, schema, checked=not is_flat(schema))
    if len(left_out) > MOST_LEFT_OUT:
        left_out[MOST_LEFT_OUT - 1 :] = [f"{len(left_out) - MOST_LEFT_OUT + 1} more"]
    return McpListed(server, tuple(tools.values()), tuple(left_out))


def _unfit(schema: Any) -> str:
    if not isinstance(schema, dict) or schema.get("type", "object") != "object":
        return "its arguments are not an object"
    if (length := len(json.dumps(schema))) > LONGEST_SCHEMA:
        return f"its schema has {length} characters; {LONGEST_SCHEMA} are the most"
    return ""


def result_text(content: Sequence[Json], structured: Any) -> str:
    """What a result says: its texts, or else its data; empty: nothing. `content`: blocks as in the protocol."""
    texts = list(_texts(content))
    if texts or structured is None:
        return "\n".join(texts)
    return json.dumps(structured, ensure_ascii=False)


def _texts(content: Sequence[Json]) -> Iterator[str]:
    for block in content:
        match block:
            case {"type": "text", "text": str(text)}:
                yield text
            case {"type": "resource", "resource": {"text": str(text)}}:
                yield text
            case {"type": str(kind)}:
                yield f"({kind}: cannot be told in words)"
