"""The owner's tools as definitions, and what is wrong with them that only running them would show."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator
from functools import partial
from pathlib import Path

from ...config import Config
from ...config.own_tools import OwnTool
from ...config.rules import Key
from ...vocabulary.tool_events import Tool
from ..builtin.all_tools import NAMES
from ..definition import Arguments, ToolDefinition, no_parameters
from . import program, request, schema


def own_tools(config: Config) -> list[ToolDefinition]:
    return [_definition(tool) for tool in config.tools]


def _definition(tool: OwnTool) -> ToolDefinition:
    return ToolDefinition(
        Tool(tool.name, tool.timeout_s, tool.background, tool.once, confirm=bool(tool.confirm)),
        tool.description,
        partial(_run, tool),
        {"type": "object"} | tool.parameters if tool.parameters else no_parameters(),
        source=f"command {tool.command[0]}"
        if tool.command
        else f"{tool.method} {tool.url.partition('?')[0]}",
        hidden=tool.hidden,
        output_chars=tool.output_chars,
        checks=schema.checker(tool.parameters),
    )


async def _run(tool: OwnTool, arguments: Arguments) -> str:
    if tool.command:
        return await program.run(tool, arguments)
    return await request.run(tool, arguments)


def check_own_tools(config: Config, _: Collection[Key]) -> Iterator[tuple[Key, str]]:
    """(key, what is wrong and what to do)."""
    for tool in config.tools:
        key = ("tools", tool.name)
        if tool.name in NAMES:
            yield key, "name: a tool that comes with the device has it; choose another"
        if complaint := schema.schema_complaint(tool.parameters):
            yield key, f"parameters: {complaint}"
        if tool.command and not shutil.which(tool.command[0]):
            yield key, f"command: {tool.command[0]} is not an executable program; check the path"
        for file in tool.secret_headers.values():
            if not Path(file).is_file():
                yield key, f"secret_headers: there is no file {file}; create it, or correct the path"
