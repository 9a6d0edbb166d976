"""Checks arguments against a JSON Schema of the owner that says more than `arguments` knows: with the package
jsonschema, which is imported then, and only then."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

from ...config.packages import to_install
from ..arguments import is_flat
from ..definition import Arguments, Json, ToolFailed

MISSING = "checking arguments needs the package jsonschema"
MOST_COMPLAINTS = 3


def schema_complaint(schema: Json) -> str:
    """What is wrong with a schema; empty: nothing."""
    if is_flat(schema):
        return ""
    if not find_spec("jsonschema"):
        return f"{MISSING}; {to_install('jsonschema')}"
    from jsonschema import Draft202012Validator, SchemaError

    if any(not reference.startswith("#") for reference in _references(schema)):
        return "$ref must point into the same schema, and begin with #"
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        path = ".".join(map(str, error.absolute_path))
        return f"is not a valid JSON Schema{f' at {path}' if path else ''}: {error.message}"
    return ""


def _references(node: Any) -> Iterator[str]:
    members = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    if isinstance(node, dict) and isinstance(node.get("$ref"), str):
        yield node["$ref"]
    for member in members:
        yield from _references(member)


def check(arguments: Arguments, schema: Json) -> None:
    """Raises ToolFailed: where it does not fit, and which rule it breaks; no values, which are words."""
    from jsonschema import Draft202012Validator

    errors = list(Draft202012Validator(schema).iter_errors(arguments))
    complaints = []
    for error in errors[:MOST_COMPLAINTS]:
        where = ".".join(map(str, error.absolute_path))
        rule = error.validator_value if error.validator != "additionalProperties" else "no other properties"
        complaints.append(f"{where or 'the arguments'}: {error.validator} must be {rule!r:.80}")
    if complaints:
        raise ToolFailed("; ".join(complaints))
