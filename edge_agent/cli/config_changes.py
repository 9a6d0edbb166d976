"""edge-agent config changes | set | unset | undo: on the running device, over its file."""

from __future__ import annotations

from typing import Any

from ..config.load import typed
from ..config.sections import all_settings
from .exits import OK, USAGE
from .output import complain, say
from .running_device import ask

ACTIONS = ("changes", "set", "unset", "undo")
SAVED = "saved; it is used when the conversation is idle"


def run(action: str, settings: list[str]) -> int:
    if bool(settings) != (action in ("set", "unset")) or (
        action == "set" and not all("=" in one for one in settings)
    ):
        wanted = {"set": "SECTION.KEY=VALUE", "unset": "SECTION.KEY"}.get(action, "no settings")
        complain(f"config {action} takes {wanted}")
        return USAGE
    if action == "changes":
        say(ask("config-read")["text"].rstrip() or "# nothing is changed")
        return OK
    if action == "undo":
        say(ask("config-undo")["text"].rstrip() or "# nothing is changed")
    else:
        ask("config-write", set=dict(map(_set if action == "set" else _unset, settings)))
    say(SAVED)
    return OK


def _set(given: str) -> tuple[str, Any]:
    """By the type of the setting, where there is one; the device says what is wrong."""
    name, _, text = given.partition("=")
    kinds = {f"{section}.{item.name}": kind for section, item, kind in all_settings()}
    return name, typed(text, kinds.get(name, str))


def _unset(given: str) -> tuple[str, None]:
    return given, None
