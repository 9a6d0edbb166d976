"""MCP servers that the service connects to: as a session is told of them."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path

from ...config.mcp_servers import ALL, McpServer
from ..definition import Json, ToolFailed
from ..secret_files import read_secret

BEARER = "Bearer "

log = logging.getLogger("edge_agent")


def service_servers(servers: Iterable[McpServer]) -> list[Json]:
    """Without those whose secrets cannot be read."""
    told = []
    for server in servers:
        try:
            told.append(_specification(server))
        except ToolFailed as failed:
            log.warning("the MCP server %s is left out: %s", server.name, failed)
    return told


def _specification(server: McpServer) -> Json:
    headers = dict(server.headers)
    for name, file in server.secret_headers.items():
        headers[name] = read_secret(Path(file), f"secret_headers {name}")
    told: Json = {"type": "mcp", "server_label": server.name, "server_url": server.url}
    token = next((name for name in headers if name.lower() == "authorization"), "")
    if token and headers[token].startswith(BEARER):
        told["authorization"] = headers.pop(token).removeprefix(BEARER)
    if headers:
        told["headers"] = headers
    if ALL not in server.tools:
        told["allowed_tools"] = list(server.tools)
    return told | {"require_approval": _approval(server)}


def _approval(server: McpServer) -> str | dict[str, list[str]]:
    """A button approves, and nothing else."""
    confirmed = [tool for tool in server.tools if server.marks("confirm", tool)]
    if ALL in server.confirm or len(confirmed) == len(server.tools):
        return "always"
    if not confirmed:
        return "never"
    return {"always": confirmed, "never": [tool for tool in server.tools if tool not in confirmed]}
