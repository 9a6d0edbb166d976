"""The sections and settings that `model` declares."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import Field, fields, is_dataclass
from typing import Any, get_type_hints

from .model import Config

Values = dict[tuple[str, str], tuple[Any, str]]  # (section, key) -> (value, where it was set)


def sections() -> dict[str, Any]:
    """The section classes by name."""
    return {name: hint for name, hint in get_type_hints(Config).items() if is_dataclass(hint)}


def settings_of(section: Any) -> Iterator[tuple[Field[Any], Any]]:
    """The fields of a section class, each with its resolved type."""
    hints = get_type_hints(section)
    for item in fields(section):
        yield item, hints[item.name]


def all_settings() -> Iterator[tuple[str, Field[Any], Any]]:
    """Of every section: its name, and the field with its resolved type."""
    for name, cls in sections().items():
        for item, kind in settings_of(cls):
            yield name, item, kind
