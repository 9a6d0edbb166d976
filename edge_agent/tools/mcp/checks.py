"""Rules of the tables [[mcp]] that need the machine, or other settings."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator
from importlib.util import find_spec
from pathlib import Path

from ...config import Config
from ...config.mcp_servers import McpServer
from ...config.packages import to_install
from ...config.providers import PROVIDERS
from ...config.rules import Key

NO_SERVICE_MCP = "preview"  # the dialect that does not know it


def check_mcp(config: Config, _: Collection[Key]) -> Iterator[tuple[Key, str]]:
    """(key, what is wrong and what to do)."""
    if any(server.of_device for server in config.mcp) and not find_spec("mcp"):
        yield ("mcp", ""), f"the package mcp is not installed; {to_install('mcp')}"
    provider = config.service.provider
    for server in config.mcp:
        for what in _complaints(server):
            yield ("mcp", server.name), what
        if not server.of_device and PROVIDERS[provider].dialect == NO_SERVICE_MCP:
            what = f'caller: the API of {provider} has no MCP; set caller = "device"'
            yield ("mcp", server.name), what


def _complaints(server: McpServer) -> Iterator[str]:
    if server.command and not shutil.which(server.command[0]):
        yield f"command: {server.command[0]} is not an executable program; check the path"
    for setting in ("secret_headers", "secret_environment"):
        for file in getattr(server, setting).values():
            if not Path(file).is_file():
                yield f"{setting}: there is no file {file}; create it, or correct the path"
