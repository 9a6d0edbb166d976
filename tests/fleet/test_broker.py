"""A fleet and a real broker: what came of settings elsewhere stops a roll-out, and a device speaks only for itself."""

from __future__ import annotations

import asyncio
import json
import sysconfig
from pathlib import Path
from typing import Any

import pytest

from edge_agent.cli import main
from edge_agent.config.fleet_settings import FleetSettings
from edge_agent.config.model import Config, MqttSettings
from edge_agent.fleet import news
from edge_agent.fleet.kept import KeptStanding
from edge_agent.fleet.on_broker import NoOutcomes, read_reports
from edge_agent.fleet.outcome import DeviceReport, FleetOutcome, OutcomeStep, report_text
from edge_agent.fleet.standing import NOTHING
from edge_agent.fleet.target import Stage, TargetKind
from edge_agent.mqtt.fleet_side import FleetSide
from edge_agent.mqtt.surface import Mqtt

from ..markdown import DOCS, blocks
from ..mosquitto import Mosquitto, Watcher
from ..ports import free_port
from .web import made_site, publish, serving

pytestmark = pytest.mark.realtime

DYNAMIC_SECURITY = Path(
    "/usr/lib", sysconfig.get_config_var("MULTIARCH") or "", "mosquitto_dynamic_security.so"
)
PART = '[assistant]\nvoice = "marin"\n'


def outcome(sha256: str, step: OutcomeStep) -> str:
    return report_text(DeviceReport("0.2.0", FleetOutcome("a.toml", sha256, TargetKind.CONFIG, step, "", 0)))


def settings(port: int, **more: Any) -> MqttSettings:
    return MqttSettings(host="127.0.0.1", port=port, device="kitchen", **more)


async def test_a_roll_out_stops_itself_where_others_have_failed(tmp_path: Path) -> None:
    site = made_site(tmp_path / "f")
    target = publish(site, "a.toml", PART)
    with serving(tmp_path / "f" / "site") as server:
        fleet = FleetSettings(
            repository=server.url, root_file=str(site.site / "metadata" / "1.root.json"), name="kitchen"
        )
        async with Mosquitto(tmp_path) as broker, Watcher(broker.port) as others:

            async def part(*has: str) -> str:
                found = await news.look(fleet, tmp_path, has=has, broker=settings(broker.port))
                return found.part.target

            for number in range(8):
                topic = f"edge-agent/kiosk-{number}/fleet"
                await others.publish(topic, outcome(target.sha256, OutcomeStep.APPLIED), retain=True)
            await others.publish("edge-agent/kiosk-8/fleet", "nonsense", retain=True)
            await others.publish(
                "edge-agent/kiosk-9/fleet", outcome("another", OutcomeStep.FAILED), retain=True
            )
            assert await part() == "a.toml"
            await others.publish(
                "edge-agent/kiosk-1/fleet", outcome(target.sha256, OutcomeStep.FAILED), retain=True
            )
            assert await part() == NOTHING.target
            assert await part(target.sha256) == "a.toml"
        assert await part() == "a.toml"  # a broker that is away holds up only what may have to stop
        publish(site, "a.toml", PART, stages=(Stage(99), Stage(100, 1)))
        with pytest.raises(
            news.NoNews, match="waits: what came of it elsewhere is not known, nothing listens"
        ):
            await part()


async def test_the_device_tells_the_broker_and_hears_of_news(tmp_path: Path) -> None:
    announced = asyncio.Event()
    said = [outcome("x", OutcomeStep.TRYING)]
    async with Mosquitto(tmp_path) as broker, Watcher(broker.port) as watcher:
        (example,) = blocks(DOCS / "status-json.md")
        status: Any = json.loads(example)
        surface = Mqtt(
            lambda: status,
            lambda _: None,
            lambda _: None,
            lambda *_: None,
            FleetSide(lambda: said[0], announced.set),
        )
        surface.changed(Config(mqtt=settings(broker.port), fleet=FleetSettings(repository="http://x")))
        await watcher.has("edge-agent/kitchen/fleet", said[0])
        await watcher.publish(
            "edge-agent/fleet-news", "", retain=True
        )  # says nothing new to those who come later
        while not announced.is_set():
            await watcher.publish("edge-agent/fleet-news", "")
            await asyncio.sleep(0.05)
        await surface.stop()


async def test_everybody_is_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with Mosquitto(tmp_path) as broker, Watcher(broker.port) as others:
        file = tmp_path / "owner.toml"
        file.write_text(f'[mqtt]\nhost = "127.0.0.1"\nport = {broker.port}\n')
        words = ["fleet", "status", "--config", str(file)]
        assert await asyncio.to_thread(main, words) == 0
        assert "knows of no device in a fleet" in capsys.readouterr().out
        for name, step in (("hall", OutcomeStep.APPLIED), ("kiosk-1", OutcomeStep.FAILED)):
            await others.publish(f"edge-agent/{name}/fleet", outcome("x", step), retain=True)
        assert await asyncio.to_thread(main, words) == 0
        first, second, *counted = capsys.readouterr().out.splitlines()
        assert first.startswith("hall     0.2.0  a.toml applied (1970-01-01 ")
        assert second.startswith("kiosk-1  0.2.0  a.toml failed (1970-01-01 ")
        assert counted == [
            *("a.toml: applied on 1 of 2", "a.toml: failed on 1 of 2", "edge-agent 0.2.0: on 2 of 2"),
        ]
    assert await asyncio.to_thread(main, words) == 1
    assert "nothing listens at 127.0.0.1:" in capsys.readouterr().err


async def test_a_name_cannot_forge_a_line(tmp_path: Path) -> None:
    async with Mosquitto(tmp_path) as broker, Watcher(broker.port) as others:
        said = outcome("x", OutcomeStep.APPLIED)
        await others.publish("edge-agent/a\N{RIGHT-TO-LEFT OVERRIDE}b/fleet", said, retain=True)
        assert list(await read_reports(settings(broker.port))) == ["a b"]


async def test_a_device_whose_broker_is_away_shows_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    file = tmp_path / "edge-agent.toml"
    file.write_text(
        f'[mqtt]\nhost = "127.0.0.1"\nport = {free_port()}\n[fleet]\nrepository = "http://127.0.0.1:9"\n'
    )
    kept = KeptStanding(tmp_path)
    kept.keep(kept.now.waits(NOTHING, "no link", 0))
    assert await asyncio.to_thread(main, ["fleet", "status", "--config", str(file)]) == 1
    out, err = capsys.readouterr()
    assert "settings    nothing waiting (1970-01-01 " in out
    assert "nothing listens at 127.0.0.1:" in err


@pytest.mark.skipif(not DYNAMIC_SECURITY.exists(), reason="this mosquitto has no dynamic security")
@pytest.mark.parametrize("protocol", ["3.1.1", "5"])
async def test_a_broker_that_lets_nobody_read(tmp_path: Path, protocol: str) -> None:
    nobody = {
        "publishClientSend": True,
        "publishClientReceive": True,
        "subscribe": False,
        "unsubscribe": True,
    }
    (tmp_path / "security.json").write_text(json.dumps({"defaultACLAccess": nobody}))
    lines = f"plugin {DYNAMIC_SECURITY}", f"plugin_opt_config_file {tmp_path}/security.json"
    async with Mosquitto(tmp_path, *lines) as broker:
        with pytest.raises(NoOutcomes, match=r"does not let this user read edge-agent/\+/fleet"):
            await read_reports(settings(broker.port, protocol=protocol))


async def test_a_broker_that_is_away() -> None:
    with pytest.raises(NoOutcomes, match="nothing listens at"):
        await read_reports(settings(free_port()))


# as docs/fleet.md has it
RIGHTS = """
pattern write edge-agent/%u/#
pattern read edge-agent/%u/command/+
pattern read edge-agent/fleet-news
pattern read edge-agent/+/fleet
pattern write edge-agent/group/+/%u
pattern read edge-agent/group/+/+
user owner
topic read edge-agent/#
topic write edge-agent/fleet-news
"""


def test_the_rights_are_those_of_the_page() -> None:
    page = (DOCS / "fleet.md").read_text("utf-8")
    assert f"```\n{RIGHTS.strip()}\n" in page


async def test_a_device_can_only_speak_for_itself(tmp_path: Path) -> None:
    (tmp_path / "acl").write_text(RIGHTS)
    (tmp_path / "passwords").write_text("")
    (tmp_path / "passwords").chmod(0o600)
    lines = f"acl_file {tmp_path}/acl", "allow_anonymous true"
    async with (
        Mosquitto(tmp_path, *lines) as broker,
        Watcher(broker.port, username="owner") as owner,
        Watcher(broker.port, username="kitchen") as kitchen,
    ):
        said = outcome("x", OutcomeStep.APPLIED)
        await kitchen.publish("edge-agent/hall/fleet", said, retain=True, qos=1)
        await kitchen.publish("edge-agent/fleet-news", "", qos=1)
        await kitchen.publish("edge-agent/group/home/hall", "{}", qos=1)
        await kitchen.publish("edge-agent/group/home/kitchen", "{}", qos=1)
        await kitchen.publish("edge-agent/kitchen/fleet", said, retain=True, qos=1)
        await owner.has("edge-agent/kitchen/fleet", said)
        assert owner.told == [("edge-agent/group/home/kitchen", "{}"), ("edge-agent/kitchen/fleet", said)]
        await owner.publish("edge-agent/kitchen/command/mute", "ON", qos=1)
        await owner.publish("edge-agent/fleet-news", "", qos=1)
        await kitchen.has("edge-agent/fleet-news", "")
        assert "edge-agent/kitchen/command/mute" not in kitchen.now
