"""Checks what the model calls a tool with, before anything runs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from .definition import Arguments, Json, ToolDefinition, ToolFailed

LONGEST = 64 * 1024  # characters
MOST_COMPLAINTS = 3
TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "object": (dict,),
    "array": (list,),
}

# of a schema, and of a property in it: what is checked here, or says nothing; with the type that its value has
WORDS: dict[str, tuple[type, ...]] = {"title": (str,), "description": (str,)}
OF_SCHEMA = WORDS | {
    "type": (str,),
    "properties": (dict,),
    "required": (list,),
    "additionalProperties": (bool,),
}
OF_PROPERTY = WORDS | {"type": (str,), "enum": (list,), "maxLength": (int,)}
OF_PROPERTY |= dict.fromkeys(("minimum", "maximum"), (int, float))


def is_flat(schema: Json) -> bool:
    """Whether all that a schema says is checked here; else it takes a package."""
    properties = schema.get("properties", {})
    return _knows(schema, OF_SCHEMA) and all(
        isinstance(one, dict) and _knows(one, OF_PROPERTY) and one.get("type", "string") in TYPES
        for one in (properties.values() if isinstance(properties, dict) else [None])
    )


def _knows(schema: Json, known: dict[str, tuple[type, ...]]) -> bool:
    return all(key in known and isinstance(value, known[key]) for key, value in schema.items())


def parse(text: str, definition: ToolDefinition) -> Arguments:
    """The arguments in a text of JSON. Raises ToolFailed, which says what does not fit."""
    if len(text) > LONGEST:
        raise ToolFailed(f"the arguments have {len(text)} characters; {LONGEST} are the most")
    try:
        arguments = json.loads(text or "{}")
    except (ValueError, RecursionError):
        raise ToolFailed("the arguments are not valid JSON") from None
    if not isinstance(arguments, dict):
        raise ToolFailed("the arguments must be a JSON object")
    if definition.checks:
        definition.checks(arguments)
        return arguments
    complaints = list(_complaints(arguments, definition.parameters))
    if complaints:
        raise ToolFailed("; ".join(complaints[:MOST_COMPLAINTS]))
    return arguments


def _complaints(arguments: Json, schema: Json) -> Iterator[str]:
    """What does not fit a flat schema, in words without values: the journal may be read by others."""
    known: Json = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in arguments:
            yield f"{name} is missing"
    for name, value in arguments.items():
        if name not in known:
            if schema.get("additionalProperties") is False:
                yield f"{name[:40]!r} is not a parameter; choose from {', '.join(known) or 'nothing'}"
        elif complaint := _complaint(value, known[name]):
            yield f"{name} {complaint}"


def _complaint(value: Any, schema: Json) -> str:
    kind = schema.get("type")
    if kind in TYPES and (
        not isinstance(value, TYPES[kind]) or (isinstance(value, bool) and kind != "boolean")
    ):
        return f"must be of type {kind}"
    if "enum" in schema and value not in schema["enum"]:
        return f"must be one of {', '.join(map(str, schema['enum']))}"
    low, high = schema.get("minimum"), schema.get("maximum")
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number and low is not None and value < low:
        return f"must be {low} or more"
    if is_number and high is not None and value > high:
        return f"must be {high} or less"
    longest = schema.get("maxLength")
    too_long = isinstance(value, str) and longest is not None and len(value) > longest
    return f"must have at most {longest} characters" if too_long else ""
