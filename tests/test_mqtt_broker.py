"""The device at a real broker: what it tells, what may be asked of it, and what becomes of a broker that fails."""

from __future__ import annotations

import asyncio
import gc
import json
import signal
import subprocess
import sys
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiomqtt
import pytest
import trustme

from edge_agent.app.daemon import Daemon
from edge_agent.audio.cards.simulated import SimulatedCard, WavSource
from edge_agent.config.model import Config, MqttSettings, ServiceSettings
from edge_agent.config.panel_settings import PanelSettings
from edge_agent.doctor.broker import broker as broker_check
from edge_agent.mqtt import broker as broker_module
from edge_agent.mqtt import identity, session, surface
from edge_agent.mqtt.commands import BrokerCommand
from edge_agent.realtime.backoff import Backoff
from edge_agent.vocabulary import events as e

from .markdown import DOCS, blocks
from .mosquitto import PATIENCE_S, Mosquitto, Watcher
from .ports import free_port

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


async def test_what_it_is_to_say_is_answered_when_it_is_over(tmp_path: Path) -> None:
    def answered(command: str) -> dict[str, Any]:
        answers = (json.loads(text) for topic, text in watcher.told if topic == f"{HERE}/answer")
        return next((answer for answer in answers if answer["command"] == command), {})

    async with (
        Mosquitto(tmp_path) as broker,
        Watcher(broker.port) as watcher,
        running(config(broker.port, allow="announce, start, ask-user")) as device,
    ):
        await watcher.has(f"{HERE}/availability", "online")
        device.post(e.MuteSwitched(True))
        await watcher.publish(f"{HERE}/command/announce", "Hi.")
        await watcher.until(lambda: answered("announce"))
        assert answered("announce") == {"command": "announce", "ok": True, "outcome": "heard"}
        await watcher.publish(f"{HERE}/command/start", "PRESS")
        await watcher.until(lambda: answered("start"))
        assert answered("start") == {"command": "start", "ok": True, "outcome": "muted"}
        await watcher.publish(f"{HERE}/command/ask-user", "Who is there?")
        await watcher.until(lambda: answered("ask-user"))
        assert "transcription" in answered("ask-user")["error"]


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


# ---- who may connect --------------------------------------------------------
def password_file(folder: Path, word: str, *users: str) -> Path:
    file = folder / "passwords"
    file.write_text("".join(f"{user}:{word}\n" for user in users))
    subprocess.run(["mosquitto_passwd", "-U", str(file)], check=True, capture_output=True)
    return file


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
async def test_a_password_that_is_wrong_and_then_right(
    protocol: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From systemd, as the service gets it."""
    given = tmp_path / "credentials"
    given.mkdir()
    (given / "mqtt-password").write_text("wrong\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(given))
    file = password_file(tmp_path, "right", "device")
    async with Mosquitto(tmp_path, f"password_file {file}", anonymous=False) as broker:
        used = config(broker.port, user="device", protocol=protocol)
        async with running(used) as device:
            refused = await found(device, "mqtt-refused")
            assert f"the broker 127.0.0.1:{broker.port} refuses" in refused
            assert "edge-agent key set-mqtt" in refused
            check = await broker_check(used.mqtt)
            assert (check.status, check.do) == ("failed", refused.partition("; ")[2])
            (given / "mqtt-password").write_text("right\n")
            device.reload()
            async with Watcher(broker.port, username="device", password="right") as watcher:
                await watcher.has(f"{HERE}/availability", "online")
                told = len(watcher.told)
                assert (await broker_check(used.mqtt)).status == "ok"
                device.post(e.VolumeSet(50))
                await watcher.has(f"{HERE}/volume", "50")
                # the doctor has not taken its place
                assert (f"{HERE}/availability", "offline") not in watcher.told[told:]


async def test_the_rights_that_the_page_names_are_enough(tmp_path: Path) -> None:
    (rights,) = (block for block in blocks(DOCS / "mqtt.md") if block.startswith("user kitchen"))
    (tmp_path / "rights").write_text(rights)
    (tmp_path / "word").write_text("word\n")
    lines = (
        f"password_file {password_file(tmp_path, 'word', 'kitchen', 'homeassistant')}",
        f"acl_file {tmp_path}/rights",
    )
    async with Mosquitto(tmp_path, *lines, anonymous=False) as broker:
        used = config(
            broker.port, user="kitchen", password_file=f"{tmp_path}/word", allow="mute", group="home"
        )
        async with (
            Watcher(broker.port, username="homeassistant", password="word") as watcher,
            running(used) as device,
        ):
            await watcher.has(f"{HERE}/availability", "online")
            assert "homeassistant/device/edge-agent-kitchen/config" in watcher.now
            await watcher.publish(f"{HERE}/command/mute", "ON")
            await watcher.has(f"{HERE}/mute", "ON")
            device.post(e.TextEntered("Hello"))
            await watcher.has("edge-agent/group/home/kitchen", '{"engaged": true}')


@pytest.mark.parametrize("ca", ["right", "another", "none"])
async def test_tls_with_certificates_of_both(
    ca: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if ca == "none":
        monkeypatch.setattr(session, "ANSWER_S", 0.5)
    own, other = trustme.CA(), trustme.CA()
    server, client = own.issue_cert("127.0.0.1"), own.issue_cert("device.example")
    own.cert_pem.write_to_path(str(tmp_path / "right.pem"))
    other.cert_pem.write_to_path(str(tmp_path / "another.pem"))
    server.cert_chain_pems[0].write_to_path(str(tmp_path / "server.pem"))
    server.private_key_pem.write_to_path(str(tmp_path / "server.key"))
    client.private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "client.pem"))
    lines = [
        f"cafile {tmp_path}/right.pem",
        f"certfile {tmp_path}/server.pem",
        f"keyfile {tmp_path}/server.key",
        "require_certificate true",
    ]
    async with Mosquitto(tmp_path, *lines) as broker:
        certificate = "" if ca == "none" else f"{tmp_path}/client.pem"
        file = f"{tmp_path}/{'right' if ca == 'none' else ca}.pem"
        async with running(config(broker.port, tls=True, ca=file, certificate=certificate)) as device:
            if ca == "right":
                async with asyncio.timeout(PATIENCE_S):
                    while not device.report()["broker"]["up"]:  # noqa: ASYNC110 - as somebody who looks
                        await asyncio.sleep(0.01)
            elif ca == "another":
                assert "has a certificate that is not trusted" in await found(device, "mqtt-tls")
            else:
                assert "check [mqtt] port and certificate" in await found(device, "mqtt-away")
    with warnings.catch_warnings():  # paho leaves a socket whose handshake fails to the garbage collector
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


async def test_a_certificate_that_is_not_valid(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("-----BEGIN nothing\n")
    async with running(config(free_port(), tls=True, ca=f"{tmp_path}/ca.pem")) as device:
        assert f"[mqtt] ca: {tmp_path}/ca.pem cannot be used" in await found(device, "mqtt-setting")


@pytest.mark.parametrize(
    ("host", "words"),
    [("no-such-broker.invalid", "the name 'no-such-broker.invalid' is not found"), ("a..b", "[mqtt]")],
)
async def test_a_name_that_is_not_found(host: str, words: str) -> None:
    async with running(config(1883, host=host)) as device:
        code = "mqtt-away" if "invalid" in host else "mqtt-setting"
        assert words in await found(device, code)


async def test_two_devices_with_one_name_are_told(tmp_path: Path) -> None:
    async with (
        Mosquitto(tmp_path) as broker,
        Watcher(broker.port) as watcher,
        running(config(broker.port)) as device,
    ):
        await watcher.has(f"{HERE}/availability", "online")
        telling = asyncio.create_task(found(device, "mqtt-refused"))
        while not telling.done():
            async with aiomqtt.Client("127.0.0.1", broker.port, identifier="edge-agent-kitchen"):
                await watcher.has(f"{HERE}/availability", "offline")
            await watcher.until(lambda: telling.done() or watcher.now[f"{HERE}/availability"] == "online")
        assert "if it is another device of this name, set [mqtt] device" in telling.result()


# ---- brokers that are ill ---------------------------------------------------
async def test_a_broker_that_accepts_and_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "ANSWER_S", 0.3)
    heard: asyncio.Queue[bytes] = asyncio.Queue()

    async def keep(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.put_nowait(await reader.read())
        writer.close()

    server = await asyncio.start_server(keep, "127.0.0.1", 0)
    async with server, running(config(server.sockets[0].getsockname()[1])) as device:
        assert "does not answer" in await found(device, "mqtt-away")
        async with asyncio.timeout(PATIENCE_S):
            assert b"edge-agent-kitchen" in await heard.get()  # and then its end: nothing is left open


async def test_what_is_not_a_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    monkeypatch.setattr(session, "ANSWER_S", 0.3)
    async with server, running(config(server.sockets[0].getsockname()[1])) as device:
        assert "the broker 127.0.0.1:" in await found(device, "mqtt-away")


CONNACK = b"\x20\x03\x00\x00\x00"
NONSENSE = (
    b"\x30\x05\x00\x02\xff\xfe\x00",  # a topic that is not UTF-8
    b"\x30\x03\x00\xff\x00",  # longer than its message
    b"\x90\x04\x00\x01\x00\x87",  # nobody may read that
    b"\xff\xff\xff\xff\xff",
    b"\x00\x00",
    CONNACK,
    bytes(range(256)),
)


@pytest.mark.parametrize("nonsense", NONSENSE, ids=lambda said: said[:8].hex())
async def test_a_broker_that_talks_nonsense(nonsense: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next connection is made all the same."""
    monkeypatch.setattr(session, "ANSWER_S", 0.3)
    monkeypatch.setattr(broker_module, "Backoff", lambda: Backoff(lambda: 0.01))
    talks: list[asyncio.Task[None]] = []
    again = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        talks.append(task)
        await reader.read(100)
        writer.write(CONNACK + nonsense)
        if len(talks) == 3:
            again.set()
        with suppress(ConnectionError):
            while await reader.read(4096):
                pass
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    monkeypatch.setattr(broker_module, "KEEPALIVE_S", 1)
    async with server, asyncio.timeout(PATIENCE_S):
        async with running(config(server.sockets[0].getsockname()[1])):
            await again.wait()
        await asyncio.gather(*talks)  # the device has left them all


async def test_a_broker_that_stops_in_the_middle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker_module, "KEEPALIVE_S", 1)
    monkeypatch.setattr(session, "ANSWER_S", 0.5)
    async with Mosquitto(tmp_path) as broker, running(config(broker.port)) as device:
        async with Watcher(broker.port) as watcher:
            await watcher.has(f"{HERE}/availability", "online")
        broker.send(signal.SIGSTOP)
        device.post(e.VolumeSet(20))
        assert "does not answer" in await found(device, "mqtt-away")
        assert device.device.state.volume == 20
        broker.send(signal.SIGCONT)
        async with Watcher(broker.port) as watcher:
            await watcher.has(f"{HERE}/volume", "20")
            await watcher.has(f"{HERE}/availability", "online")
        broker.send(signal.SIGSTOP)  # and the device can end


async def test_a_flood_is_left_and_states_are_told_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with (
        Mosquitto(tmp_path) as broker,
        Watcher(broker.port) as watcher,
        running(config(broker.port, allow="volume")) as device,
    ):
        await watcher.has(f"{HERE}/availability", "online")
        await flood(watcher, 2000)
        assert "too many messages" in await found(device, "mqtt-flooded")
        await watcher.until(lambda: watcher.now[f"{HERE}/availability"] == "online")
        device.post(e.VolumeSet(77))
        await watcher.has(f"{HERE}/volume", "77")
        asked = len(watcher.told)
        await watcher.publish(f"{HERE}/command/volume", "5")
        await watcher.until(lambda: len(watcher.told) > asked)
        assert device.device.state.volume == 77


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
async def test_of_a_message_that_is_too_large_nothing_is_kept(protocol: str, tmp_path: Path) -> None:
    """With MQTT 5 the broker is asked not to pass it on."""
    async with (
        Mosquitto(tmp_path) as broker,
        Watcher(broker.port) as watcher,
        running(config(broker.port, allow="mute", protocol=protocol)) as device,
    ):
        await listens_to_home(broker)
        await watcher.publish(f"{HERE}/command/mute", bytes(2 << 20))
        if protocol == "5":
            await watcher.publish(f"{HERE}/command/mute", "ON")
            await watcher.has(f"{HERE}/mute", "ON")
        else:
            assert "too large" in await found(device, "mqtt-flooded")
            await watcher.has(f"{HERE}/availability", "online")


async def test_a_broker_that_sends_too_much_all_the_same() -> None:
    """Whatever it was asked for, and though the rest of the message never comes."""
    left = asyncio.Event()

    async def send(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(CONNACK + b"\x30\xff\xff\xff\x7f" + bytes(1000))
        with suppress(ConnectionError):
            await reader.read()
        left.set()
        writer.close()

    server = await asyncio.start_server(send, "127.0.0.1", 0)
    async with server, running(config(server.sockets[0].getsockname()[1])) as device:
        assert "too large" in await found(device, "mqtt-flooded")
        async with asyncio.timeout(PATIENCE_S):
            await left.wait()


async def test_commands_are_heard_again_after_a_flood(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broker_module, "DEAF_S", 0.2)
    async with (
        Mosquitto(tmp_path) as broker,
        Watcher(broker.port) as watcher,
        running(config(broker.port, allow="volume")) as device,
    ):
        await watcher.has(f"{HERE}/availability", "online")
        await flood(watcher, 1000)
        async with asyncio.timeout(PATIENCE_S):
            while device.device.state.volume != 5:
                await watcher.publish(f"{HERE}/command/volume", "5")
                await asyncio.sleep(0.05)
        assert not [finding for finding in device.status.findings if finding.code.startswith("mqtt")]


async def flood(watcher: Watcher, messages: int) -> None:
    for _ in range(messages):
        await watcher.publish(f"{HERE}/command/nothing", "x")


# ---- Home Assistant ---------------------------------------------------------
async def listens_to_home(broker: Mosquitto) -> None:
    """The device says that it is there before the broker lets it hear this."""
    async with asyncio.timeout(PATIENCE_S):
        while "edge-agent-kitchen 0 homeassistant/status" not in broker.log:  # noqa: ASYNC110 - a file
            await asyncio.sleep(0.01)


async def test_home_assistant_is_told_again_when_it_has_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broker_module, "HOME_READS_S", (0.0, 0.1))
    discovered = "homeassistant/device/edge-agent-kitchen/config"
    async with Mosquitto(tmp_path) as broker, Watcher(broker.port) as watcher, running(config(broker.port)):
        await watcher.has(f"{HERE}/availability", "online")
        await listens_to_home(broker)
        watcher.now.pop(discovered)
        await watcher.publish("homeassistant/status", "online")
        await watcher.until(lambda: discovered in watcher.now)


async def test_home_assistant_is_told_once_however_often_it_says_that_it_has_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned: list[float] = []

    def in_an_hour(*_: float) -> float:
        planned.append(3600.0)
        return planned[-1]

    monkeypatch.setattr(broker_module, "uniform", in_an_hour)
    async with (
        Mosquitto(tmp_path) as broker,
        Watcher(broker.port) as watcher,
        running(config(broker.port, allow="mute")),
    ):
        await listens_to_home(broker)
        for said in ("offline", *["online"] * 5, "offline"):
            await watcher.publish("homeassistant/status", said)
        await watcher.publish(f"{HERE}/command/mute", "ON")  # it comes after all of these
        await watcher.has(f"{HERE}/mute", "ON")
        assert planned == [3600.0]


async def test_answers_that_wait_are_given_though_home_assistant_is_told_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with (
        Mosquitto(tmp_path) as broker,
        Watcher(broker.port) as watcher,
        running(config(broker.port)) as device,
    ):
        await listens_to_home(broker)
        served = device._mqtt._broker
        assert served
        for number in range(3):  # in one go: nothing is sent meanwhile
            served._asked(BrokerCommand(f"none-{number}", b"", kept=False))
        served._tell_home()
        await watcher.until(lambda: [topic for topic, _ in watcher.told].count(f"{HERE}/answer") == 3)


async def test_the_button_and_what_was_said(tmp_path: Path) -> None:
    async with Mosquitto(tmp_path) as broker, Watcher(broker.port) as watcher:
        async with running(config(broker.port, captions=True)) as device:
            await watcher.has(f"{HERE}/availability", "online")
            device.post(e.ButtonPressed())
            device.post(e.ButtonReleased())
            await watcher.has(f"{HERE}/button", '{"event_type": "short"}')
            device.post(e.UserTranscribed("q1", "What time is it?"))
            await watcher.has(f"{HERE}/heard", "What time is it?")
        async with Watcher(broker.port) as later:
            await later.has(f"{HERE}/availability", "offline")
            assert not {f"{HERE}/button", f"{HERE}/heard"} & later.now.keys()


# ---- changes ----------------------------------------------------------------
async def test_without_the_package_it_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surface, "find_spec", lambda _: None)
    async with running(config(1883)) as device:
        assert "a broker needs the package aiomqtt" in await found(device, "mqtt-missing")
        assert device.report()["broker"]["address"] == "127.0.0.1:1883"


async def test_without_a_machine_id_there_is_no_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "MACHINE_ID", tmp_path / "none")
    async with running(config(1883, device="")) as device:
        assert "holds no machine id; run" in await found(device, "mqtt-setting")


def test_nothing_of_it_is_loaded_where_it_is_off() -> None:
    code = "import sys, edge_agent.cli.run; print({'aiomqtt', 'paho', 'edge_agent.mqtt.broker'} & sys.modules.keys())"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "set()\n"


async def test_another_broker_after_a_reload(tmp_path: Path) -> None:
    async with Mosquitto(tmp_path) as broker, Watcher(broker.port) as watcher:
        used = config(free_port())
        async with running(used) as device:
            await found(device, "mqtt-away")
            device._mqtt.changed(replace(used, mqtt=replace(used.mqtt, port=broker.port)))
            await watcher.has(f"{HERE}/availability", "online")
