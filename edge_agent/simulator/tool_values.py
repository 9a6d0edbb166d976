"""What the service refuses of the tools that a session names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ..realtime.wire import Json
from .complaint import Complaint

ADDRESSES = ("server_url", "connector_id", "tunnel_id")
NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


def check_tools(tools: Sequence[Json], *, has_mcp: bool, where: str = "session.tools") -> Iterator[Complaint]:
    """The values of tools whose shape is right."""
    labels: set[str] = set()
    for index, tool in enumerate(tools):
        path = f"{where}[{index}]"
        if tool.get("type") == "function":
            yield from _check_function(tool, path)
        elif tool.get("type") == "mcp" and has_mcp:
            yield from _check_server(tool, path, labels)
            labels.add(tool.get("server_label", ""))
        else:
            known = "'function' and 'mcp'" if has_mcp else "'function'"
            words = f"Invalid value: '{tool.get('type')}'. Supported values are: {known}."
            yield Complaint("invalid_value", words, f"{path}.type")


def _check_server(tool: Json, path: str, labels: set[str]) -> Iterator[Complaint]:
    label = tool.get("server_label")
    if not label:
        words = f"Missing required parameter: '{path}.server_label'."
        yield Complaint("missing_required_parameter", words, f"{path}.server_label")
    elif label in labels:
        words = f"Invalid value: '{label}'. Labels of MCP servers must be unique."
        yield Complaint("invalid_value", words, f"{path}.server_label")
    elif sum(bool(tool.get(key)) for key in ADDRESSES) != 1:
        words = f"Exactly one of {', '.join(ADDRESSES)} must be set."
        yield Complaint("invalid_value", words, f"{path}.server_url")
    elif isinstance(approval := tool.get("require_approval"), str) and approval not in ("always", "never"):
        words = f"Invalid value: '{approval}'. Supported values are: 'always', 'never'."
        yield Complaint("invalid_value", words, f"{path}.require_approval")


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
