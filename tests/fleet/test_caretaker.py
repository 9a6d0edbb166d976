"""Who looks after a fleet, under changed circumstances."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from edge_agent import __version__
from edge_agent.config.fleet_settings import FleetPart, FleetSettings
from edge_agent.config.model import Config
from edge_agent.fleet.caretaker import PAUSE_S, Caretaker
from edge_agent.fleet.kept import KeptStanding, part_in_use
from edge_agent.fleet.standing import NOTHING
from edge_agent.fleet.surface import Fleet
from edge_agent.host.control.requests import RequestRefused
from edge_agent.telemetry.status import Finding
from edge_agent.vocabulary.events import AudioStarted
from edge_agent.vocabulary.state import State

from .web import made_site, publish, serving

PART = FleetPart("a.toml", "1", "")
STARTED = AudioStarted("simulated", 0)
SETTINGS = FleetSettings(repository="http://127.0.0.1:9")


def caretaker(
    folder: Path, reload: Callable[[], None], settings: FleetSettings = SETTINGS, spread_s: float = 1e6
) -> Caretaker:
    return Caretaker(
        settings,
        folder,
        check=lambda: "",
        reload=reload,
        find=lambda *_: None,
        found=tuple,
        spread_s=spread_s,
    )


def test_what_looks_and_checks_elsewhere_is_not_loaded_here() -> None:
    code = (
        "import sys, edge_agent.cli.run, edge_agent.fleet.caretaker;"
        " print({'tuf', 'numpy', 'edge_agent.doctor.all_checks'} & sys.modules.keys())"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "set()\n"


async def test_a_trial_under_other_settings_of_the_fleet_is_over(tmp_path: Path) -> None:
    kept = KeptStanding(tmp_path)
    kept.keep(kept.now.begun(PART, 1))
    went_back = asyncio.Event()
    caring = asyncio.create_task(caretaker(tmp_path, went_back.set).run())
    await went_back.wait()
    assert part_in_use(tmp_path) is None
    caring.cancel()


@asynccontextmanager
async def running(looking: Caretaker) -> AsyncIterator[None]:
    """All that happens must happen within a time that no machine needs."""
    caring = asyncio.create_task(looking.run())
    try:
        async with asyncio.timeout(60):
            yield
    finally:
        caring.cancel()
        await asyncio.wait([caring])


async def test_what_failed_goes_once_the_devices_own_file_is_right(tmp_path: Path) -> None:
    kept = KeptStanding(tmp_path)
    kept.keep(kept.now.begun(PART, 1).failed("it is bad", 2))
    told: list[str] = []
    went_back = asyncio.Event()

    def reload() -> None:
        told.append("reload")
        if len(told) == 1:
            raise RequestRefused("keeping the old configuration: [audio] volume is wrong")
        looking.uses(Config(fleet=SETTINGS))
        went_back.set()

    looking = caretaker(tmp_path, reload, spread_s=0)
    looking.uses(replace(Config(fleet=SETTINGS), fleet_part=PART.sha256))
    async with running(looking):
        await went_back.wait()
        assert not looking._look.is_set()  # or what fails each time would be tried again at once


async def test_checks_that_cannot_begin_end_a_trial(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    used: list[FleetPart | None] = []

    def reload() -> None:
        part = part_in_use(tmp_path)
        used.append(part)
        monkeypatch.setattr(sys, "executable", str(tmp_path / "missing"))
        looking.uses(replace(Config(fleet=settings), fleet_part=part.sha256 if part else ""))
        looking.watch(STARTED, State(online=True))

    settings = replace(SETTINGS, trial_min=0)
    looking = caretaker(tmp_path, reload, settings)
    with pytest.raises(FileNotFoundError):
        await looking._try(PART)
    assert used == [PART, None]
    assert looking.kept.now.trial is None


@pytest.mark.realtime
async def test_a_trial_whose_end_could_not_be_kept_ends_at_the_next_look(tmp_path: Path) -> None:
    in_the_way = tmp_path / "fleet" / "standing.new"
    complained = asyncio.Event()
    checks: list[str] = []

    def check() -> str:
        checks.append("")
        if len(checks) == 1:
            in_the_way.mkdir()  # as a disk that is full
        return "it is wrong"

    def find(about: str, finding: Finding | None) -> None:
        if about == "fleet repository" and finding and "cannot be written" in finding.what:
            complained.set()
        if about == "fleet part" and finding:
            rolled_back.set()

    rolled_back = asyncio.Event()
    site = made_site(tmp_path / "f")
    target = publish(site, "a.toml", "")
    with serving(tmp_path / "f" / "site") as server:
        settings = replace(
            SETTINGS, repository=server.url, root_file=str(site.site / "metadata" / "1.root.json")
        )
        looking = Caretaker(
            settings, tmp_path, check=check, reload=lambda: None, find=find, found=tuple, spread_s=0
        )
        looking.uses(Config(fleet=settings))
        looking.watch(STARTED, State(online=True))
        async with running(looking):
            await complained.wait()
            in_the_way.rmdir()
            looking.uses(replace(Config(fleet=settings), fleet_part=target.sha256))
            await rolled_back.wait()
    assert looking.kept.now.trial is None


@pytest.mark.realtime
@pytest.mark.parametrize("comes", ["the link", "a reload"])
async def test_what_was_withdrawn_while_it_waited_is_not_tried(tmp_path: Path, comes: str) -> None:
    reloads: list[FleetPart | None] = []
    site = made_site(tmp_path / "f")
    publish(site, "a.toml", "")
    with serving(tmp_path / "f" / "site") as server:
        settings = replace(
            SETTINGS, repository=server.url, root_file=str(site.site / "metadata" / "1.root.json")
        )
        looking = caretaker(tmp_path, lambda: reloads.append(None), settings, spread_s=0)
        looking.uses(Config(fleet=settings))

        def told() -> str:
            outcome = looking.kept.now.outcome
            return f"{outcome.target} {outcome.step}" if outcome else ""

        async def until(what: str) -> None:
            while told() != what:  # noqa: ASYNC110 - as somebody would who looks
                await asyncio.sleep(0.01)

        async with running(looking):
            await until("a.toml waiting")
            site.withdraw("a.toml")
            if comes == "the link":
                looking._looked_at -= PAUSE_S
                looking.watch(STARTED, State(online=True))
            else:
                looking.uses(Config(fleet=settings))
            await until(" applied")
    assert reloads == []


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
    assert json.loads(fleet.told()) == {"version": __version__}
    found["fleet repository"] = Finding("fleet-repository", "", "")
    fleet.changed(Config())
    assert set(found.values()) == {None}
    assert fleet.told() == ""
    await fleet.stop()
    fleet.announced()


async def test_a_withdrawal_that_does_not_work_is_named(tmp_path: Path) -> None:
    found: dict[str, Finding | None] = {}
    looking = Caretaker(
        SETTINGS, tmp_path, check=lambda: "", reload=lambda: None, find=found.__setitem__, found=tuple
    )
    proven = looking.kept.now.begun(PART, 1).passed(2)
    looking.kept.keep(proven.begun(NOTHING, 3).failed("its volume is wrong", 4))
    looking._show(NOTHING)
    told = found["fleet part"]
    assert told
    assert told.what == "the device's own file alone does not work here: its volume is wrong"
    looking._show(PART)
    assert found == {"fleet part": None}
