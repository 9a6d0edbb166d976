"""The device as a service: what it counts, tells and remembers, and how its configuration is changed."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edge_agent.app.daemon import Daemon, WrongConfiguration
from edge_agent.app.device import Device
from edge_agent.audio.cards.card import Card
from edge_agent.audio.cards.simulated import SimulatedCard, WavSource
from edge_agent.cli import main
from edge_agent.cli.status_lines import lines
from edge_agent.config.model import (
    AssistantSettings,
    AudioSettings,
    Config,
    Limits,
    LogSettings,
    ServiceSettings,
)
from edge_agent.config.panel_settings import PanelSettings
from edge_agent.host.control.client import request
from edge_agent.host.control.requests import RequestRefused
from edge_agent.simulator.faults import FaultScript, parse
from edge_agent.simulator.server import SimulatedService
from edge_agent.telemetry.status_shape import DeviceStatus
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.state import Turn

from .shape import misfits

pytestmark = pytest.mark.realtime

CONFIG = Config(
    service=ServiceSettings(provider="openai"),
    panel=PanelSettings(backend="none"),
    limits=Limits(daily_cost=0.1),
)
MINUTE = e.Usage(output_audio=1200, total=1200)  # of the answer: 0.0768 USD


@pytest.fixture(autouse=True)
def _folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "key")
    for name in "STATE_DIRECTORY", "RUNTIME_DIRECTORY":
        monkeypatch.setenv(name, str(tmp_path))


def silence(_: Config) -> Card:
    return SimulatedCard(WavSource(b""), rate_hz=16_000, channels=1)


def daemon(config: Config = CONFIG) -> Daemon:
    return Daemon(config, read=lambda: config, open_card=silence, synchronized=lambda: None)


def post(to: Daemon, event: e.Event) -> None:
    to.device.post(event)


def remembered(folder: Path) -> dict[str, Any]:
    written = folder / "remembered.json"
    kept: dict[str, Any] = json.loads(written.read_text()) if written.exists() else {}
    return kept


def shown(device: Daemon) -> str:
    return "\n".join(lines(device.report()))


async def test_what_a_day_costs_is_shown_limited_and_remembered(tmp_path: Path) -> None:
    first = daemon()
    post(first, e.ResponseDone("r1", "completed", usage=MINUTE))
    assert not first.status.findings
    assert "cost    0.0768 of 0.1 USD today, 0.0768 USD since the start (1 responses" in shown(first)
    post(first, e.ResponseDone("r2", "cancelled", usage=MINUTE))
    assert [finding.code for finding in first.status.findings] == ["daily-cost-reached"]
    assert "raise limits.daily_cost, or wait until midnight" in shown(first)

    await until(lambda: [day["responses"] for day in remembered(tmp_path).get("days", {}).values()] == [2])
    second = daemon()
    post(second, e.AudioStarted("card", 0))
    report = second.report()
    assert list(misfits(report, DeviceStatus)) == []
    costs = report["costs"]
    assert (costs["today"]["cost"], costs["today"]["responses"]) == (0.1536, 2)
    assert (costs["since_start"]["cost"], costs["spent"]) == (0, True)
    assert [finding.code for finding in second.status.findings] == ["daily-cost-reached"]

    unlimited = daemon(replace(CONFIG, limits=Limits()))
    post(unlimited, e.AudioStarted("card", 0))
    assert not unlimited.status.findings
    assert "0.1536 USD today" in shown(unlimited)


async def test_what_the_hours_cost_survives_a_restart(tmp_path: Path) -> None:
    def at(hour: int) -> Daemon:
        made = Daemon(
            CONFIG,
            read=lambda: CONFIG,
            open_card=silence,
            today=lambda: "2026-11-22",
            hour=lambda: hour,
            synchronized=lambda: None,
        )
        post(made, e.ResponseDone(f"r{hour}", "completed", usage=MINUTE))
        made.look()
        return made

    at(9)
    await until(lambda: {"days", "hours"} <= remembered(tmp_path).keys())
    hours = at(14).report()["hours"]
    assert [(hour["hour"], hour["cost"]) for hour in hours] == [(9, 0.0768), (14, 0.0768)]


async def test_the_details_of_libraries_are_never_told() -> None:
    daemon(replace(CONFIG, log=LogSettings(level="debug")))
    assert logging.getLogger("edge_agent.realtime.link").isEnabledFor(logging.DEBUG)
    assert not logging.getLogger("msal").isEnabledFor(logging.DEBUG)
    daemon()
    assert not logging.getLogger("edge_agent").isEnabledFor(logging.DEBUG)


async def test_a_panel_that_does_not_work_is_found_before_anybody_asks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "none-such")
    device = daemon(replace(CONFIG, panel=PanelSettings(button_pin=17)))
    assert [finding.code for finding in device.status.findings] == ["panel"]
    assert "panel: " in device.sentence


async def test_a_new_day_begins_at_zero(tmp_path: Path) -> None:
    written = {"days": {"1999-12-31": {"responses": 9, "audio_out": 10**6}}}
    (tmp_path / "remembered.json").write_text(json.dumps(written))
    device = daemon()
    post(device, e.AudioStarted("card", 0))
    assert not device.status.findings
    assert device.report()["costs"]["today"]["cost"] == 0


async def test_the_end_of_a_model_is_told_where_the_clock_is_right(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "edge_agent")
    config = replace(CONFIG, service=ServiceSettings(provider="openai", deployment="gpt-realtime"))
    day, right = "2026-11-21", [True]
    device = Daemon(
        config,
        read=lambda: config,
        open_card=silence,
        today=lambda: day,
        synchronized=lambda: right[0],
    )
    assert [finding.code for finding in device.status.findings] == ["model-ends"]
    day = "2026-11-22"
    device.look()
    device.look()
    told = [record.getMessage() for record in caplog.records if "model-ends" in record.getMessage()]
    assert ["in 60 days" in told[0], "in 59 days" in told[1]] == [True, True]
    assert len(told) == 2
    right[0] = False
    device.look()
    assert not device.status.findings


async def test_the_model_that_the_service_names_sets_the_price() -> None:
    config = replace(CONFIG, service=ServiceSettings(provider="openai", deployment="kitchen"))
    device = daemon(config)
    assert [finding.code for finding in device.status.findings] == ["model-unknown-price"]
    post(device, e.ResponseDone("r1", "completed", usage=MINUTE))
    assert device.report()["costs"]["today"]["cost"] == pytest.approx(0.0768)
    post(device, e.Connected(1, "s", 60.0, "gpt-realtime-2.1-mini"))
    assert not device.status.findings
    assert device.report()["costs"]["today"]["cost"] == pytest.approx(0.024)


# ---- running: over a real socket, with a simulated service -----------------
class Running:
    """A daemon whose configuration is `config`, or wrong as `wrong` says."""

    def __init__(self, service: str) -> None:
        self.config = replace(CONFIG, service=ServiceSettings(endpoint=service), limits=Limits())
        self.wrong: list[str] = []
        self.day = "2026-11-22"
        self.daemon = Daemon(
            self.config,
            read=self._read,
            open_card=self._open_card,
            today=lambda: self.day,
            hour=lambda: 14,
            synchronized=lambda: None,
        )

    def _read(self) -> Config:
        if self.wrong:
            raise WrongConfiguration(*self.wrong)
        return self.config

    def _open_card(self, config: Config) -> Card:
        if config.audio.mic_wav:
            raise WrongConfiguration(f"{config.audio.mic_wav} is not a WAV file")
        return silence(config)

    async def ask(self, do: str, **arguments: Any) -> dict[str, Any]:
        return await asyncio.to_thread(request, do, **arguments)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110 - as somebody would who looks
            await asyncio.sleep(0.005)


@pytest.fixture
async def running(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Running]:
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", "key")
    async with SimulatedService() as service:
        made = Running(service.url)
        task = asyncio.create_task(made.daemon.run())
        await until(lambda: made.daemon.device.state.online)
        yield made
        made.daemon.stop()
        await task


def findings(of: Running) -> list[str]:
    return [finding.code for finding in of.daemon.status.findings]


async def test_it_is_told_what_to_do(running: Running) -> None:
    assert (await running.ask("mute"))["muted"] is True
    assert (await running.ask("unmute"))["muted"] is False
    assert (await running.ask("volume", percent=20))["volume"] == 20
    assert (await running.ask("say", text="Are you there?"))["turn"] == "thinking"
    assert (await running.ask("interrupt"))["turn"] == "idle"
    assert (await running.ask("press"))["turn"] == "listening"
    assert (await running.ask("forget"))["turn"] == "idle"
    assert "is unknown" in (await running.ask("fly"))["error"]


@pytest.mark.parametrize("asked", [{"do": "press"}, {"do": "say", "text": "Are you there?"}])
async def test_the_first_that_is_asked_after_midnight_is_of_the_new_day(
    running: Running, asked: dict[str, str]
) -> None:
    before = running.daemon.device
    running.config = replace(running.config, limits=Limits(daily_cost=0.1))
    await running.ask("reload")
    await changed(running, before)
    for response_id in "r1", "r2":
        post(running.daemon, e.ResponseDone(response_id, "completed", usage=MINUTE))
    assert findings(running) == ["daily-cost-reached"]
    assert (await running.ask(**asked))["turn"] == "idle"
    running.day = "2026-11-23"
    assert (await running.ask(**asked))["turn"] in ("listening", "thinking")
    assert findings(running) == []


async def test_a_new_day_is_seen_by_who_only_waits(running: Running) -> None:
    """As a device that listens by itself does: nobody may say anything before it hears again."""
    before = running.daemon.device
    running.config = replace(running.config, limits=Limits(daily_cost=0.01))
    await running.ask("reload")
    await changed(running, before)
    post(running.daemon, e.ResponseDone("r1", "completed", usage=MINUTE))
    running.day = "2026-11-23"
    assert not (await running.ask("status"))["costs"]["spent"]
    assert findings(running) == ["daily-cost-reached"]  # who asks changes nothing
    running.daemon.look()
    assert findings(running) == []


async def changed(of: Running, before: Device) -> None:
    await until(lambda: of.daemon.device is not before and of.daemon.device.state.online)


async def test_another_configuration_is_used_once_nobody_talks(running: Running) -> None:
    before = running.daemon.device
    await running.ask("press")
    running.config = replace(running.config, assistant=AssistantSettings(voice="echo"))
    assert (await running.ask("reload"))["turn"] == "listening"
    await running.ask("interrupt")
    await changed(running, before)
    assert before.state.turn is Turn.IDLE


async def test_turns_are_counted_on_with_another_configuration(running: Running) -> None:
    for number in (1, 2):
        before = running.daemon.device
        await running.ask("press")
        assert (await running.ask("interrupt"))["latency"]["today"] == {"interrupted": number}
        await running.ask("reload")
        await changed(running, before)


async def test_it_stays_muted_and_as_loud_as_it_was(running: Running) -> None:
    before = running.daemon.device
    await running.ask("mute")
    await running.ask("volume", percent=20)
    await running.ask("reload")
    await changed(running, before)
    assert (running.daemon.device.state.muted, running.daemon.device.state.volume) == (True, 20)


async def test_a_state_that_cannot_be_saved_is_a_finding_until_it_can(
    running: Running, tmp_path: Path
) -> None:
    await until((tmp_path / "remembered.json").exists)
    (tmp_path / "remembered.json").unlink()
    (tmp_path / "remembered.json").mkdir()
    await running.ask("mute")
    await until(lambda: running.daemon.look() is not None and findings(running) == ["state-not-saved"])
    (tmp_path / "remembered.json").rmdir()
    assert (await running.ask("unmute"))["findings"][0]["what"].endswith("remembered.json: Is a directory")
    await until(lambda: running.daemon.look() is not None and findings(running) == [])
    assert remembered(tmp_path) == {"muted": False}


async def test_who_mutes_it_is_told_that_it_will_not_last(
    running: Running, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await asyncio.to_thread(main, ["mute"]) == 0
    assert await asyncio.to_thread(main, ["volume", "30"]) == 0
    assert capsys.readouterr() == ("muted\n30 %\n", "")
    (tmp_path / "remembered.json").unlink()
    (tmp_path / "remembered.json").mkdir()
    for command, said in (("unmute",), "idle"), (("mute",), "muted"), (("volume", "20"), "20 %"):
        assert await asyncio.to_thread(main, [*command]) == 0
        out, err = capsys.readouterr()
        assert out == f"{said}\n"
        assert "a restart will forget mute, volume and costs: cannot save " in err
    assert await asyncio.to_thread(main, ["volume"]) == 0
    assert capsys.readouterr().err == ""


async def test_a_budget_does_not_begin_at_zero_in_silence(tmp_path: Path) -> None:
    (tmp_path / "remembered.json").write_text('{"days": {"2026-11-')
    day = "2026-11-22"
    device = Daemon(
        CONFIG, read=lambda: CONFIG, open_card=silence, today=lambda: day, synchronized=lambda: None
    )
    device.look()
    assert [finding.code for finding in device.status.findings] == ["state-lost"]
    assert "today's costs so far do not count" in shown(device)
    day = "2026-11-23"
    device.look()
    assert not device.status.findings


async def test_nothing_is_changed_once_it_stops(running: Running) -> None:
    before = running.daemon.device
    running.daemon.stop()
    with pytest.raises(RequestRefused, match="the device is stopping"):
        running.daemon.reload()
    running.daemon.hang_up()
    assert running.daemon.device is before


async def test_a_wrong_configuration_changes_nothing(running: Running) -> None:
    before = running.daemon.device
    running.wrong = ["edge-agent.toml:3: 'endpiont' is not a known setting", "and more"]
    answer = await running.ask("reload")
    assert "keeping the old configuration: edge-agent.toml:3" in answer["error"]
    running.daemon.hang_up()  # says so in the log alone
    assert running.daemon.device is before
    assert findings(running) == ["configuration-refused"]
    assert "endpiont" in running.daemon.sentence
    running.wrong = []
    assert (await running.ask("reload"))["ok"]
    await until(lambda: running.daemon.device is not before)
    assert findings(running) == []


async def test_what_turns_out_to_be_wrong_is_taken_back(running: Running) -> None:
    good, before = running.config, running.daemon.device
    refusing = FaultScript([parse("error:unknown_parameter@session.update")])
    async with SimulatedService(faults=refusing) as other:
        for change in (
            {"audio": AudioSettings(mic_wav="/none.wav")},
            {"service": ServiceSettings(endpoint=other.url)},
        ):
            running.config = replace(good, **change)
            await running.ask("reload")
            await until(lambda: findings(running) == ["configuration-refused"])
            await changed(running, before)
            running.config, before = good, running.daemon.device
            await running.ask("reload")
            await changed(running, before)
            assert findings(running) == []


async def test_systemd_is_told_of_each_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", "key")
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.setblocking(False)
        told: list[str] = []

        def heard(step: str) -> bool:
            with suppress(BlockingIOError):
                while True:
                    told.append(systemd.recv(4096).decode().partition("\n")[0])
            return step in told

        async with SimulatedService() as service:
            made = Running(service.url)
            task = asyncio.create_task(made.daemon.run())
            await until(lambda: heard("READY=1"))
            await until(lambda: made.daemon.device.state.online)
            for made.wrong in ([], ["wrong"]):
                told.clear()
                await made.ask("reload")
                await until(lambda: heard("READY=1"))
                assert [step for step in told if step.endswith("=1")] == ["RELOADING=1", "READY=1"]
            assert any("configuration-refused" in line for line in told)
            made.daemon.stop()
            await task
            assert heard("STOPPING=1")


async def test_a_long_turn_does_not_make_systemd_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For systemd the reload is done when it is read; it is used when nobody talks."""
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", "key")
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.setblocking(False)

        def heard() -> list[str]:
            told: list[str] = []
            with suppress(BlockingIOError):
                while True:
                    told.append(systemd.recv(4096).decode().partition("\n")[0])
            return told

        async with SimulatedService() as service:
            made = Running(service.url)
            task = asyncio.create_task(made.daemon.run())
            made.daemon.reload()  # not ready yet: that would tell systemd it is
            assert not {"RELOADING=1", "READY=1"} & {*heard()}
            await until(lambda: made.daemon.device.state.online)
            post(made.daemon, e.ButtonPressed())
            await until(lambda: made.daemon.device.state.turn is Turn.LISTENING)
            heard()
            before = made.daemon.device
            made.daemon.hang_up()
            told = heard()
            assert told[:2] == ["RELOADING=1", "READY=1"]
            assert told[2].endswith("; a new configuration waits until nobody talks")
            assert (await made.ask("status"))["reload_waits"]
            assert made.daemon.device is before
            post(made.daemon, e.InterruptRequested())
            await changed(made, before)
            assert not (await made.ask("status"))["reload_waits"]
            made.daemon.stop()
            await task


async def test_a_second_device_is_refused(running: Running) -> None:
    with pytest.raises(FileExistsError, match="another edge-agent"):
        await Running("http://127.0.0.1:1").daemon.run()
