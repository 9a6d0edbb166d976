"""Checks arguments against a JSON Schema of the owner that says more than `arguments` knows: with the package
jsonschema, which is imported then, and only then."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from importlib.util import find_spec
from itertools import islice
from typing import TYPE_CHECKING, Any

from ...config.packages import to_install
from ..arguments import is_flat
from ..definition import Arguments, Json, ToolFailed

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

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


def checker(schema: Json) -> Callable[[Arguments], None] | None:
    """What checks arguments against a valid schema; None: `arguments` does it."""
    return None if is_flat(schema) else SchemaCheck(schema)


class SchemaCheck:
    """Made once for a tool; the package is imported with its first call."""

    def __init__(self, schema: Json) -> None:
        self._schema = schema

    @cached_property
    def _validator(self) -> Draft202012Validator:
        from jsonschema import Draft202012Validator

        return Draft202012Validator(self._schema)

    def __call__(self, arguments: Arguments) -> None:
        """Raises ToolFailed: where it does not fit, and which rule it breaks; no values, which are words."""
        complaints = []
        for error in islice(self._validator.iter_errors(arguments), MOST_COMPLAINTS):
            where = ".".join(map(str, error.absolute_path))
            rule = (
                error.validator_value if error.validator != "additionalProperties" else "no other properties"
            )
            complaints.append(f"{where or 'the arguments'}: {error.validator} must be {rule!r:.80}")
        if complaints:
            raise ToolFailed("; ".join(complaints))
