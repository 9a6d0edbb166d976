"""What a client's frame holds. Pure."""

from __future__ import annotations

import json
from typing import Any

from ..realtime.wire import Json
from .complaint import Complaint

DEEPEST = 100  # objects and lists in one another


def read_event(frame: str | bytes) -> Json | Complaint:
    """A client event, which has a type; or why it is not one."""
    if isinstance(frame, bytes):
        return Complaint("invalid_event", "Binary frames are not supported. Send JSON text.", None)
    try:
        event = json.loads(frame, parse_constant=_no_json)
    except (ValueError, RecursionError):
        return Complaint("invalid_json", "Failed to parse the event as JSON.", None)
    if _nested(event, DEEPEST):
        return Complaint("invalid_json", f"The event is nested more than {DEEPEST} deep.", None)
    if not isinstance(event, dict) or not isinstance(event.get("type"), str):
        return Complaint("invalid_event", "The 'type' field is missing.", None)
    return event


def _no_json(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _nested(value: Any, deepest: int) -> bool:
    """Whether there are more than `deepest` objects and lists in one another."""
    if not isinstance(value, dict | list):
        return False
    members = value.values() if isinstance(value, dict) else value
    return deepest == 0 or any(_nested(member, deepest - 1) for member in members)
