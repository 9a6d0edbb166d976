"""A whole device in a fleet: new settings are tried when nobody talks, kept if they work, and taken back if not."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from edge_agent.app.daemon import Daemon
from edge_agent.audio.cards.simulated import SimulatedCard, WavSource
from edge_agent.cli.run import read
from edge_agent.fleet.kept import KeptStanding, part_in_use, settle
from edge_agent.fleet.outcome import FleetOutcome, OutcomeStep
from edge_agent.fleet.publish import Site
from edge_agent.simulator.server import SimulatedService

from .web import WebServer, made_site, publish, serving

pytestmark = pytest.mark.realtime

LOUD = '[assistant]\nvoice = "marin"\n'


@dataclass
class World:
    daemon: Daemon
    site: Site
    server: WebServer
    state: Path
    config: Path

    @property
    def voice(self) -> str:
        return self.daemon._station.config.assistant.voice

    @property
    def outcome(self) -> FleetOutcome | None:
        return KeptStanding(self.state).now.outcome

    async def until(self, target: str, step: OutcomeStep) -> FleetOutcome:
        def reached() -> bool:
            return bool((told := self.outcome) and (told.target, told.step) == (target, step))

        await until(reached)
        assert self.outcome
        return self.outcome


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not holds():  # noqa: ASYNC110 - as somebody would who looks
            await asyncio.sleep(0.01)


@pytest.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    for name in "STATE_DIRECTORY", "RUNTIME_DIRECTORY":
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", "key")
    site = made_site(tmp_path / "f")
    shutil.copy(tmp_path / "f" / "site" / "metadata" / "1.root.json", tmp_path / "root.json")
    config = tmp_path / "edge-agent.toml"
    with serving(tmp_path / "f" / "site") as server:
        async with SimulatedService() as service:
            config.write_text(
                f'[service]\nendpoint = "{service.url}"\ndeployment = "gpt-realtime"\n'
                '[panel]\nbackend = "none"\n[audio]\nbackend = "simulated"\n'
                f'[fleet]\nrepository = "{server.url}"\nroot_file = "{tmp_path}/root.json"\n'
                'name = "kiosk-1"\ntrial_min = 0.01\n'
                'may_set = "assistant, service.deployment, service.endpoint"\n'
            )
            again = partial(read, str(config))
            daemon = Daemon(
                again(),
                read=again,
                open_card=lambda _: SimulatedCard(WavSource(b""), rate_hz=16_000, channels=1),
            )
            task = asyncio.create_task(daemon.run())
            await until(lambda: daemon.device.state.online)
            yield World(daemon, site, server, tmp_path, config)
            daemon.stop()
            await task


async def test_what_works_is_kept(world: World) -> None:
    publish(world.site, "a.toml", LOUD)
    world.daemon.reload()
    await world.until("a.toml", OutcomeStep.APPLIED)
    assert world.voice == "marin"
    settle(world.state)
    part = part_in_use(world.state)
    assert part
    assert part.text == LOUD
    world.site.withdraw("a.toml")
    world.daemon.reload()
    await until(lambda: world.voice == "alloy")
    await world.until("", OutcomeStep.APPLIED)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (
            "[audio]\nvolume = 3\n",
            "a.toml sets audio.volume, which fleet.may_set of this device does not allow",
        ),
        (
            '[assistant]\nvoice = "Jenny:Dragon"\n',
            "the service refused the session at 'session.audio.output.voice'",
        ),
        ("[assistant]\nspeed = 9\n", "a.toml:2: [assistant] speed: 9 is out of range: 0.25 to 1.5"),
    ],
)
async def test_what_does_not_work_is_taken_back(world: World, text: str, why: str) -> None:
    publish(world.site, "a.toml", text)
    world.daemon.reload()
    outcome = await world.until("a.toml", OutcomeStep.FAILED)
    assert why in outcome.why
    await until(lambda: "fleet-rolled-back" in [found.code for found in world.daemon.status.findings])
    (finding,) = [found for found in world.daemon.status.findings if found.code == "fleet-rolled-back"]
    assert finding.what.startswith("a.toml of the fleet does not work here: ")
    await until(lambda: world.daemon.device.state.online and world.voice == "alloy")
    assert part_in_use(world.state) is None


async def test_a_repository_that_cannot_be_believed_changes_nothing(world: World) -> None:
    shutil.rmtree(world.site.site / "metadata")
    world.daemon.reload()
    await until(lambda: "fleet-repository" in [found.code for found in world.daemon.status.findings])
    assert world.voice == "alloy"
