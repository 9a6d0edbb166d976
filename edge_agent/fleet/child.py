"""The process that looks for news: python -m edge_agent.fleet.child. A question on its standard input, an answer on its
output, both one line of JSON; then it ends.

A process of its own: tuf takes more memory than most of the device, a server may be slow for ever, and what it sends is
parsed where it can be killed.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ..config.mqtt_settings import MqttSettings
from ..mqtt.identity import NoMachineId, device_id
from .outcome import Tally, tally
from .own_process import NICE
from .plan import Member, wanted
from .repository import Repository, RepositoryRefused
from .target import LARGEST_PART, FleetTarget


def answer(asked: dict[str, Any]) -> dict[str, Any]:
    """What is for this device now. Raises RepositoryRefused."""
    try:
        root = Path(asked["root_file"]).read_bytes()
    except OSError as error:
        raise RepositoryRefused(
            f"{asked['root_file']} cannot be read ({error.strerror}); it comes with 'edge-agent fleet join'"
        ) from None
    repository = Repository(asked["repository"], Path(asked["folder"]), root)
    plan = repository.plan()
    member = Member(asked["name"], tuple(asked["tags"]))
    part = wanted(plan, member, time.time(), tallies={}, has=asked["has"])
    if part and part.sha256 not in asked["has"] and asked["broker"]:
        tallies = _tallies(plan, asked["broker"], part)
        part = wanted(plan, member, time.time(), tallies=tallies, has=asked["has"])
    if not part:
        return {"part": None}
    try:
        text = repository.fetch(part, LARGEST_PART).read_text("utf-8")
    except UnicodeDecodeError:
        text = "\0"  # refused where it is read
    return {"part": [part.path, part.sha256, text]}


def _tallies(plan: Iterable[FleetTarget], broker: dict[str, Any], part: FleetTarget) -> dict[str, Tally]:
    """Of what came of each target elsewhere. Raises RepositoryRefused where that is not known, and `part` comes in
    stages, so that it may have to stop."""
    from .on_broker import NoOutcomes, read_outcomes

    try:
        settings = MqttSettings(**broker)
        outcomes = asyncio.run(read_outcomes(settings, settings.device or device_id())).values()
    except (NoOutcomes, NoMachineId) as why:
        if len(part.stages) == 1:
            return {}
        raise RepositoryRefused(f"{part.path} waits: what came of it elsewhere is not known, {why}") from None
    return {target.sha256: tally(outcomes, target.sha256) for target in plan}


def main() -> None:
    os.nice(NICE)
    try:
        told = answer(json.loads(sys.stdin.readline()))
    except RepositoryRefused as refused:
        told = {"refused": str(refused)}
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
