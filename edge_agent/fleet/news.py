"""Looks for news, in a process that ends soon, whatever the server does."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..config.fleet_settings import FleetPart, FleetSettings
from ..config.mqtt_settings import MqttSettings
from ..files.folders import fleet_folder
from ..vocabulary.frozen import frozen
from ..vocabulary.text import harmless
from .membership import member_of
from .own_process import answer_of
from .standing import NOTHING

LOOK_S = 180.0


class NoNews(Exception):
    """Why it is not known what is new, a sentence; and what to do."""


@frozen
class News:
    """What the fleet has signed for this device now: NOTHING of settings, or a part; and a release that it does not
    have, or None."""

    part: FleetPart = NOTHING
    release: FleetPart | None = None


async def look(
    settings: FleetSettings,
    state: Path,
    *,
    has: Collection[str],
    has_releases: Collection[str] = (),
    broker: MqttSettings | None = None,
    within_s: float = LOOK_S,
) -> News:
    """`state`: the folder of what it remembers; `has`: as in `plan.wanted`, of settings; `broker`: knows what came of
    it elsewhere. Raises NoNews."""
    member = member_of(settings)
    asked = {
        "repository": settings.repository,
        "root_file": settings.root_file,
        "folder": str(fleet_folder(state)),
        "name": member.name,
        "tags": list(member.tags),
        "has": list(has),
        "releases": settings.releases,
        "has_releases": list(has_releases),
        "broker": asdict(broker) if broker else None,
    }
    told = await _ask(asked, within_s)
    if "refused" in told:
        raise NoNews(str(told["refused"]))
    part, release = (FleetPart(*told[kind]) if told[kind] else None for kind in ("part", "release"))
    return News(part or NOTHING, release)


async def _ask(asked: dict[str, Any], within_s: float) -> dict[str, Any]:
    try:
        output, errors = await answer_of(
            f"{__package__}.child", within_s=within_s, asked=f"{json.dumps(asked)}\n"
        )
    except TimeoutError:
        raise NoNews(
            f"{asked['repository']} did not send all within {within_s:.0f} s; check the network and the web server"
        ) from None
    try:
        told: dict[str, Any] = json.loads(output)
    except ValueError:
        last = errors.decode(errors="replace").strip().rpartition("\n")[2]
        raise NoNews(f"the process that looks for news has ended: {harmless(last, 200)}") from None
    return told
