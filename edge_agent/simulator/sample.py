"""The simplest arguments that a function takes."""

from __future__ import annotations

from typing import Any

SIMPLEST: dict[str, Any] = {"string": "", "integer": 0, "number": 0, "boolean": False, "array": []}


def sample(schema: Any) -> Any:
    """A value that fits a JSON schema of the plain kind: its type, its enum, what it requires."""
    if not isinstance(schema, dict):
        return None
    if isinstance(choices := schema.get("enum"), list) and choices:
        return choices[0]
    kind, properties = schema.get("type"), schema.get("properties")
    if kind == "object" or isinstance(properties, dict):
        known = properties if isinstance(properties, dict) else {}
        required = schema.get("required")
        names = [name for name in required if isinstance(name, str)] if isinstance(required, list) else []
        return {name: sample(known.get(name)) for name in names}
    return SIMPLEST.get(kind) if isinstance(kind, str) else None
