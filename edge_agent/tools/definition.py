"""What a tool is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import field
from typing import Any, TypeAlias

from ..vocabulary.frozen import frozen
from ..vocabulary.tool_events import Tool

Json: TypeAlias = dict[str, Any]
Arguments: TypeAlias = Mapping[str, Any]

ASK_FIRST = (
    " Before you call it, say what it will do: the device then asks the person to press its button, and nothing"
    " else confirms it."
)


class ToolFailed(Exception):
    """The tool did not do what it was asked; why, in a sentence for the model and the journal. `told`: what the model
    is told instead, as it is."""

    def __init__(self, why: str, *, told: str = "") -> None:
        super().__init__(why)
        self.told = told


def no_parameters() -> Json:
    return {"type": "object", "properties": {}, "additionalProperties": False}


def parameters(properties: Json, *required: str) -> Json:
    """A schema with these, and no others."""
    return no_parameters() | {"properties": properties, "required": list(required)}


@frozen
class ToolDefinition:
    """`run` gets arguments that fit `parameters`, and gives what the model is told; raises ToolFailed. `checks`:
    whether they fit, where flat parameters are not enough; raises ToolFailed.

    `source`: where it comes from, for people. `hidden`: only the control socket may run it. `output_chars`: what is
    longer is cut.
    """

    tool: Tool
    description: str
    run: Callable[[Arguments], Awaitable[str]]
    parameters: Json = field(default_factory=no_parameters)
    source: str = "built in"
    hidden: bool = False
    output_chars: int = 4096
    checks: Callable[[Arguments], None] | None = None

    @property
    def name(self) -> str:
        return self.tool.name

    @property
    def specification(self) -> Json:
        """As a session is told of it."""
        return {
            "type": "function",
            "name": self.name,
            "description": self.description + ASK_FIRST * self.tool.confirm,
            "parameters": self.parameters,
        }
