"""The settings that a page may choose for a conversation of its own: described to it, and taken from it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, get_args, get_origin

from ..config.model import Config
from ..config.sections import all_settings
from ..vocabulary.models import GA_VOICES, VOICES

FieldKey = tuple[str, str]  # section, key

# which [turns] end they are for; empty: each
FIELDS: Mapping[FieldKey, str] = {
    ("service", "provider"): "",
    ("service", "endpoint"): "",
    ("service", "deployment"): "",
    ("assistant", "instructions"): "",
    ("assistant", "voice"): "",
    ("assistant", "temperature"): "",
    ("assistant", "reasoning"): "",
    ("assistant", "transcription"): "",
    ("turns", "end"): "",
    ("turns", "threshold"): "server",
    ("turns", "prefix_padding_ms"): "server",
    ("turns", "silence_duration_ms"): "server",
    ("gate", "aggressiveness"): "local",
    ("gate", "hangover_ms"): "local",
}
SUGGESTED = {("assistant", "voice"): (*VOICES, *GA_VOICES)}


def place(key: FieldKey) -> str:
    """The name of a field, and what an error about it begins with."""
    return "[{}] {}".format(*key)


BY_NAME = {place(key): key for key in FIELDS}


def described(config: Config) -> list[dict[str, Any]]:
    """The fields in their order: name, label, value, the way it ends turns that it is for, choices or what is
    suggested, and for a number its bounds and unit."""
    known = {(section, item.name): (item, kind) for section, item, kind in all_settings()}
    fields = []
    for key, only_for in FIELDS.items():
        item, kind = known[key]
        about = {
            "name": place(key),
            "label": f"field-{key[1]}",
            "value": getattr(getattr(config, key[0]), key[1]),
            "only_for": only_for,
            "suggested": SUGGESTED.get(key, ()),
        }
        if get_origin(kind) is Literal:
            about["choices"] = get_args(kind)
        elif kind in (int, float):
            about |= {name: item.metadata[name] for name in ("low", "high", "unit")}
            about["step"] = 1 if kind is int else 0.05
        fields.append(about)
    return fields


def chosen(values: object) -> dict[FieldKey, Any] | None:
    """What a page has sent, by setting; None: it is not of this form."""
    if not isinstance(values, dict) or not values.keys() <= BY_NAME.keys():
        return None
    return {BY_NAME[name]: value for name, value in values.items()}
