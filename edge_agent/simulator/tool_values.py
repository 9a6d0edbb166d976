"""What the service refuses of the tools that a session names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ..realtime.wire import Json
from .complaint import Complaint

NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


def check_tools(tools: Sequence[Json], where: str = "session.tools") -> Iterator[Complaint]:
    """The values of tools whose shape is right."""
    for index, tool in enumerate(tools):
        if tool.get("type") == "function":
            yield from _check_function(tool, f"{where}[{index}]")


def _check_function(tool: Json, path: str) -> Iterator[Complaint]:
    name, parameters = tool.get("name"), tool.get("parameters")
    if not isinstance(name, str) or not NAME.fullmatch(name):
        words = f"Invalid '{path}.name': string does not match pattern. Expected '^[a-zA-Z0-9_-]{{1,64}}$'."
        yield Complaint("invalid_value", words, f"{path}.name")
    elif isinstance(parameters, dict) and (kind := parameters.get("type")) != "object":
        words = (
            f"Invalid schema for function '{name}': schema must be a JSON Schema of 'type: \"object\"',"
            f" got 'type: \"{kind}\"'."
        )
        yield Complaint("invalid_function_parameters", words, f"{path}.parameters")
