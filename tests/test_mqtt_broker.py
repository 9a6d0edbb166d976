"""The device at a real broker: what it tells, what may be asked of it, and what becomes of a broker that fails."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edge_agent.app.daemon import Daemon
from edge_agent.audio.cards.simulated import SimulatedCard, WavSource
from edge_agent.config.model import Config, MqttSettings, ServiceSettings
from edge_agent.config.panel_settings import PanelSettings
from edge_agent.vocabulary import events as e

from .mosquitto import PATIENCE_S, Mosquitto, Watcher, free_port

pytestmark = pytest.mark.realtime

HERE = "edge-agent/kitchen"


@pytest.fixture(autouse=True)
def _folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "key")
    for name in "STATE_DIRECTORY", "RUNTIME_DIRECTORY":
        monkeypatch.setenv(name, str(tmp_path))


def config(port: int, **settings: Any) -> Config:
    at = {"host": "127.0.0.1", "port": port, "device": "kitchen", "name": "Kitchen"}
    return Config(
        service=ServiceSettings(endpoint=f"https://127.0.0.1:{free_port()}", deployment="none"),
        panel=PanelSettings(backend="none"),
        mqtt=MqttSettings(**{**at, **settings}),
    )


@asynccontextmanager
async def running(used: Config) -> AsyncIterator[Daemon]:
    card = SimulatedCard(WavSource(b""), rate_hz=16_000, channels=1)
    device = Daemon(used, read=lambda: used, open_card=lambda _: card)
    task = asyncio.create_task(device.run())
    try:
        yield device
    finally:
        device.stop()
        await task


async def found(device: Daemon, code: str) -> str:
    """What a finding says, once it is there."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            for finding in device.status.findings:
                if finding.code == code:
                    return f"{finding.what}; {finding.todo}"
            await asyncio.sleep(0.01)


async def test_it_appears_is_commanded_and_says_goodbye(tmp_path: Path) -> None:
    async with Mosquitto(tmp_path) as broker, Watcher(broker.port) as watcher:
        async with running(config(broker.port, allow="mute, unmute, volume")) as device:
            await watcher.has(f"{HERE}/availability", "online")
            document = json.loads(watcher.now["homeassistant/device/edge-agent-kitchen/config"])
            assert document["device"]["name"] == "Kitchen"
            await watcher.publish(f"{HERE}/command/mute", "ON")
            await watcher.has(f"{HERE}/mute", "ON")
            assert device.device.state.muted
            await watcher.publish(f"{HERE}/command/volume", "35")
            await watcher.has(f"{HERE}/volume", "35")
            device.post(e.MuteSwitched(False))
            await watcher.has(f"{HERE}/mute", "OFF")
            assert device.report()["broker"]["up"]
        await watcher.has(f"{HERE}/availability", "offline")
        assert watcher.told[-1] == (f"{HERE}/availability", "offline")


async def test_what_is_not_allowed_is_refused_and_what_was_retained_ignored(tmp_path: Path) -> None:
    async with Mosquitto(tmp_path) as broker, Watcher(broker.port) as watcher:
        await watcher.publish(f"{HERE}/command/mute", "ON", retain=True)
        async with running(config(broker.port, allow="mute")) as device:
            await watcher.has(f"{HERE}/availability", "online")
            await watcher.publish(f"{HERE}/command/volume", "10")
            await watcher.until(lambda: f"{HERE}/answer" in watcher.now)
            assert json.loads(watcher.now[f"{HERE}/answer"]) == {
                "command": "volume",
                "ok": False,
                "error": "'volume' is not allowed; add it to [mqtt] allow",
            }
            assert (device.device.state.volume, device.device.state.muted) == (100, False)


async def test_a_broker_that_restarts_is_told_everything_again(tmp_path: Path) -> None:
    async with Mosquitto(tmp_path) as broker, running(config(broker.port)) as device:
        async with Watcher(broker.port) as watcher:
            await watcher.has(f"{HERE}/volume", "100")
        await broker.stop()
        device.post(e.VolumeSet(20))
        assert "nothing listens" in await found(device, "mqtt-away")
        await broker.start()
        async with Watcher(broker.port) as watcher:
            await watcher.has(f"{HERE}/availability", "online")
            assert watcher.now[f"{HERE}/volume"] == "20"
        assert not [finding for finding in device.status.findings if finding.code.startswith("mqtt")]


async def test_another_broker_after_a_reload(tmp_path: Path) -> None:
    async with Mosquitto(tmp_path) as broker, Watcher(broker.port) as watcher:
        used = config(free_port())
        async with running(used) as device:
            await found(device, "mqtt-away")
            device._mqtt.changed(replace(used, mqtt=replace(used.mqtt, port=broker.port)))
            await watcher.has(f"{HERE}/availability", "online")
