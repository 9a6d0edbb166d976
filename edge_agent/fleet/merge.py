"""Whether all that a part of a configuration sets may be set by a fleet. Pure.

What it may set is laid over the device's own file, below environment variables and options (`config.load`).
"""

from __future__ import annotations

from collections.abc import Iterable

from ..config.fleet_settings import may_set


def refused(target: str, keys: Iterable[tuple[str, str]], allowed: str) -> str:
    """Why this device refuses to set these (section, key), a sentence; empty: it does not."""
    for section, key in keys:
        if not may_set(allowed, section, key):
            name = f"{section}.{key}" if key else section
            return f"{target} sets {name}, which fleet.may_set of this device does not allow"
    return ""
