"""Who looks after a fleet, under changed circumstances."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from edge_agent.config.fleet_settings import FleetPart, FleetSettings
from edge_agent.config.model import Config
from edge_agent.fleet.caretaker import Caretaker
from edge_agent.fleet.kept import KeptStanding, part_in_use
from edge_agent.fleet.surface import Fleet
from edge_agent.telemetry.status import Finding

PART = FleetPart("a.toml", "1", "")
SETTINGS = FleetSettings(repository="http://127.0.0.1:9")


def caretaker(folder: Path, reload: Callable[[], None]) -> Caretaker:
    return Caretaker(
        SETTINGS, folder, check=lambda: "", reload=reload, find=lambda *_: None, found=tuple, spread_s=1e6
    )


async def test_a_trial_under_other_settings_of_the_fleet_is_over(tmp_path: Path) -> None:
    kept = KeptStanding(tmp_path)
    kept.keep(kept.now.begun(PART, 1))
    went_back = asyncio.Event()
    caring = asyncio.create_task(caretaker(tmp_path, went_back.set).run())
    await went_back.wait()
    assert part_in_use(tmp_path) is None
    caring.cancel()


async def test_any_number_of_announcements_is_one_look(tmp_path: Path) -> None:
    loop = asyncio.get_running_loop()
    looking = caretaker(tmp_path, lambda: None)
    looking.announced()
    first = looking._announcement
    assert first
    assert first.when() <= loop.time()
    looking._looked_at = asyncio.get_running_loop().time()
    for _ in range(1000):
        looking.announced()
    assert looking._announcement is first
    looking._announcement = None
    looking.announced()
    later = looking._announcement
    assert later
    assert later.when() > loop.time() + 30
    later.cancel()


async def test_who_leaves_a_fleet_has_nothing_wrong_with_it() -> None:
    found: dict[str, Finding | None] = {}
    fleet = Fleet(lambda: "", lambda: None, found.__setitem__, tuple)
    fleet.changed(Config(fleet=SETTINGS))
    assert fleet.told() == ""
    found["fleet repository"] = Finding("fleet-repository", "", "")
    fleet.changed(Config())
    assert set(found.values()) == {None}
    await fleet.stop()
    fleet.announced()
