"""The device as a service: what it counts, tells and remembers. Nothing of it runs here."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from edge_agent import events as e
from edge_agent.audio.simulated import SimulatedCard, WavSource
from edge_agent.cli.status import lines
from edge_agent.config.model import Config, Limits, Panel, Service
from edge_agent.daemon import Daemon

CONFIG = Config(
    service=Service(provider="openai"), panel=Panel(backend="none"), limits=Limits(daily_cost=0.1)
)
MINUTE = e.Usage(output_audio=1200, total=1200)  # of the answer: 0.0768 USD


@pytest.fixture(autouse=True)
def _folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "key")
    for name in "STATE_DIRECTORY", "RUNTIME_DIRECTORY":
        monkeypatch.setenv(name, str(tmp_path))


def daemon(config: Config = CONFIG) -> Daemon:
    return Daemon(config, SimulatedCard(WavSource(b""), rate_hz=16_000, channels=1))


def shown(device: Daemon) -> str:
    return "\n".join(lines(device.report()))


async def test_what_a_day_costs_is_shown_limited_and_remembered(tmp_path: Path) -> None:
    first = daemon()
    first.device.post(e.ResponseDone("r1", "completed", usage=MINUTE))
    assert not first.status.findings
    assert "cost    0.0768 of 0.1 USD today, 0.0768 USD since the start (1 responses" in shown(first)
    first.device.post(e.ResponseDone("r2", "cancelled", usage=MINUTE))
    assert [finding.code for finding in first.status.findings] == ["daily-cost-reached"]
    assert "raise limits.daily_cost, or wait until midnight" in shown(first)

    second = daemon()
    second.device.post(e.AudioStarted("card", 0))
    costs = second.report()["costs"]
    assert (costs["today"]["cost"], costs["today"]["responses"]) == (0.1536, 2)
    assert (costs["since_start"]["cost"], costs["spent"]) == (0, True)
    assert [finding.code for finding in second.status.findings] == ["daily-cost-reached"]

    unlimited = daemon(replace(CONFIG, limits=Limits()))
    unlimited.device.post(e.AudioStarted("card", 0))
    assert not unlimited.status.findings
    assert "0.1536 USD today" in shown(unlimited)


async def test_a_new_day_begins_at_zero(tmp_path: Path) -> None:
    written = {"days": {"1999-12-31": {"responses": 9, "audio_out": 10**6}}}
    (tmp_path / "remembered.json").write_text(json.dumps(written))
    device = daemon()
    device.device.post(e.AudioStarted("card", 0))
    assert not device.status.findings
    assert device.report()["costs"]["today"]["cost"] == 0
