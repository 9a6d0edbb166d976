"""What the broker has to do with a fleet: it is told what came of what was signed, and may announce news. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ..vocabulary.frozen import frozen


@frozen
class FleetSide:
    """`told`: what came of it, as the broker keeps it; empty: nothing. `announced`: somebody says there is news."""

    told: Callable[[], str]
    announced: Callable[[], None]


def release_of(told: str) -> dict[str, Any]:
    """The last release that the fleet has had for this device, by what came of it: `version` and `step`; empty: there
    was none."""
    release: dict[str, Any] = json.loads(told).get("release", {}) if told else {}
    return release
