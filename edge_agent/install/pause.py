"""When the running device may be stopped: while nobody talks."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from ..host.control.client import Unreachable, request

LOOK_S = 1.0
SILENT = ("idle", "muted", "offline", "fault")  # modes


def status_now() -> dict[str, Any]:
    """Of the running device, whatever that answers; empty: it does not."""
    try:
        told: Any = request("status")
    except (Unreachable, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def wait_for_pause(
    within_s: float,
    status: Callable[[], dict[str, Any]] = status_now,
    now: Callable[[], float] = time.monotonic,
    pause: Callable[[float], None] = time.sleep,
) -> None:
    """Until nobody talks, or so long."""
    until = now() + within_s
    while (told := status()) and told.get("mode") not in SILENT and now() < until:
        pause(LOOK_S)
