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
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from ..config.mqtt_settings import MqttSettings
from ..mqtt.identity import NoMachineId, device_id
from .outcome import Tally, tally
from .own_process import NICE
from .plan import Member, wanted
from .releases.choice import wanted_release
from .releases.host import is_newer, takes_packages, this_host
from .repository import Repository, RepositoryRefused
from .target import LARGEST_PART, FleetTarget, TargetKind

Plan: TypeAlias = tuple[FleetTarget, ...]
Choose: TypeAlias = Callable[[Mapping[str, Tally], list[str]], FleetTarget | None]


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
    settings = [target for target in plan if target.kind is TargetKind.CONFIG]
    part = _chosen(
        lambda tallies, has: wanted(settings, member, time.time(), tallies=tallies, has=has),
        *(plan, asked["has"], asked["broker"]),
    )
    return {
        "part": part and [part.path, part.sha256, _text_of(repository, part)],
        "release": _release(plan, member, asked) if asked["releases"] and takes_packages() else None,
    }


def _chosen(choose: Choose, plan: Plan, has: list[str], broker: dict[str, Any] | None) -> FleetTarget | None:
    """What came of it elsewhere is asked only where that counts. Raises RepositoryRefused."""
    target = choose({}, has)
    if target and target.sha256 not in has and broker:
        return choose(_tallies(plan, broker, target), has)
    return target


def _text_of(repository: Repository, part: FleetTarget) -> str:
    try:
        return repository.fetch(part, LARGEST_PART).read_text("utf-8")
    except UnicodeDecodeError:
        return "\0"  # refused where it is read


def _release(plan: Plan, member: Member, asked: dict[str, Any]) -> list[str] | None:
    """(name, SHA-256, version) of what root should look for; it believes nothing of this."""
    host = this_host()

    def choose(tallies: Mapping[str, Tally], has: list[str]) -> FleetTarget | None:
        return wanted_release(plan, member, host, time.time(), is_newer=is_newer, tallies=tallies, has=has)

    try:
        target = _chosen(choose, plan, asked["has_releases"], asked["broker"])
    except RepositoryRefused:  # the settings need not wait for that
        return None
    return [target.path, target.sha256, target.release.version] if target and target.release else None


def _tallies(plan: Plan, broker: dict[str, Any], part: FleetTarget) -> dict[str, Tally]:
    """Of what came of each target elsewhere. Raises RepositoryRefused where that is not known, and `part` comes in
    stages, so that it may have to stop."""
    from .on_broker import NoOutcomes, read_reports

    try:
        settings = MqttSettings(**broker)
        reports = asyncio.run(read_reports(settings, settings.device or device_id())).values()
    except (NoOutcomes, NoMachineId) as why:
        if len(part.stages) == 1:
            return {}
        raise RepositoryRefused(f"{part.path} waits: what came of it elsewhere is not known, {why}") from None
    outcomes = [outcome for report in reports for outcome in report.outcomes]
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
