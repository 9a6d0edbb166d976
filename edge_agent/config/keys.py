"""API keys as people write them into files: one, or two while one is being replaced. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from .pasted import key_in

SYSTEM_FILE = Path("/etc/credstore/edge-agent.api-key")  # the unit hands the service a copy of it
MQTT_PASSWORD_FILE = Path("/etc/credstore/edge-agent.mqtt-password")
PLACEHOLDER = re.compile(
    r"[<>{}]|^\[|\.\.\.|(your|insert|paste|enter)[-_ ].*key|^x{4,}$|^change.?me$",
    re.IGNORECASE,
)


class BadKeys(ValueError):
    """What is wrong with them, and what to do."""


def keys_in(lines: Iterable[str], place: str) -> list[str]:
    """At most two; empty: there is none. `place`: where they stand, for people. Raises BadKeys."""
    keys = [key for line in lines if (key := key_in(line))]
    if len(keys) > 2:
        raise BadKeys(f"{place} has {len(keys)} lines; it must contain one or two keys, one per line")
    if any(PLACEHOLDER.search(key) for key in keys):
        raise BadKeys(f"the API key in {place} is only a placeholder; put the key there")
    if not all(key.isascii() and key.isprintable() and " " not in key for key in keys):
        raise BadKeys("the API key contains spaces or invalid characters; copy it again")
    return keys
