"""How a setting is declared, and what one lists. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any


def setting(
    default: Any,
    doc: str,
    *,
    unit: str = "",
    low: float | None = None,
    high: float | None = None,
    env: str = "",
    key_at_risk: bool = False,
    meant: Mapping[str, str] | None = None,
) -> Any:
    """A field with its documentation. `env`: the name that users of Azure know it by. `key_at_risk`: people
    paste their key here by mistake, so the value is never repeated. `meant`: common other spellings of the
    choices."""
    metadata = {"doc": doc, "unit": unit, "low": low, "high": high, "env": env, "key_at_risk": key_at_risk}
    return field(default=default, metadata=metadata | {"meant": meant or {}})


def listed(text: str) -> list[str]:
    """What a setting lists, separated by commas."""
    return [word for part in text.split(",") if (word := part.strip())]
