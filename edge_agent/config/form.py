"""What a form needs to know of the settings that may be changed on the running device, and how they are now. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .changes import may_change
from .model import Config
from .sections import all_settings
from .show import schema

OWN = ("board", "file", "changes")  # whatever else has set a setting counts more than what is changed here


def form(config: Config) -> dict[str, Any]:
    """By section: `about`, and `settings` by key, each as in the JSON schema, with its unit."""
    properties = schema()["properties"]
    found: dict[str, Any] = {}
    for section, key, unit in _changeable(config):
        said = properties[section]
        shown = found.setdefault(section, {"about": said["description"], "settings": {}})
        shown["settings"][key] = said["properties"][key] | {"unit": unit}
    return found


def values(config: Config) -> dict[str, dict[str, Any]]:
    """By SECTION.KEY: the value in use, who has set it, and whether that counts more than a change would."""
    return {
        f"{section}.{key}": {
            "value": getattr(getattr(config, section), key),
            "source": (source := config.sources.get((section, key), "default")),
            "fixed": source not in ("default", *OWN),
        }
        for section, key, _ in _changeable(config)
    }


def _changeable(config: Config) -> Iterator[tuple[str, str, str]]:
    """Section, key and unit."""
    for section, item, _ in all_settings():
        if may_change(config.web.may_set, section, item.name):
            yield section, item.name, item.metadata["unit"]
