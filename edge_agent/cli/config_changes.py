"""edge-agent config changes | set | unset | undo: on the running device, over its file."""

from __future__ import annotations

from typing import Any

from ..config.load import typed
from ..config.sections import all_settings
from .exits import OK, USAGE
from .output import complain, say
from .running_device import ask

ACTIONS = ("changes", "set", "unset", "undo")
TAKES = {"set": "SECTION.KEY=VALUE", "unset": "SECTION.KEY"}  # the others: no settings
SAVED = "saved; it is used when the conversation is idle"


def run(action: str, settings: list[str]) -> int:
    is_assigned = action != "set" or all("=" in given for given in settings)
    if bool(settings) != (action in TAKES) or not is_assigned:
        complain(f"config {action} takes {TAKES.get(action, 'no settings')}")
        return USAGE
    if action in TAKES:
        ask("config-write", set=_assigned(settings) if action == "set" else dict.fromkeys(settings))
    else:
        answer = ask("config-undo" if action == "undo" else "config-read")
        say(answer["text"].rstrip() or "# nothing is changed")
    if action != "changes":
        say(SAVED)
    return OK


def _assigned(settings: list[str]) -> dict[str, Any]:
    """By the type of the setting, where there is one; the device says what is wrong."""
    kinds = {f"{section}.{item.name}": kind for section, item, kind in all_settings()}
    given = (setting.partition("=") for setting in settings)
    return {name: typed(text, kinds.get(name, str)) for name, _, text in given}
