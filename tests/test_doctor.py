"""What the doctor finds: the computer by its figures, the network over real sockets."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import trustme

from edge_agent.cli import main
from edge_agent.config import Config
from edge_agent.config.model import AssistantSettings
from edge_agent.doctor import model as model_checks
from edge_agent.doctor import realtime_service as service_checks
from edge_agent.doctor import system
from edge_agent.doctor.all_checks import Scope, examine
from edge_agent.doctor.is_running import running
from edge_agent.doctor.model import ModelReport
from edge_agent.doctor.network import Way
from edge_agent.doctor.panel import panel_checks
from edge_agent.doctor.result import Check
from edge_agent.doctor.tls import dead_addresses
from edge_agent.host.clock import synchronized

from .conftest import server_tls
from .test_link import KEY, config_for, service

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
ENDLESS = "gpt-4o-realtime"  # Azure has announced no end of it
MUTE = Scope(sound=False, panel=False)
SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["exit_code", "checks"],
    "properties": {
        "exit_code": {"enum": [0, 1, 78]},
        "checks": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["name", "status", "seen", "do", "figures"],
                "properties": {
                    "name": {"type": "string"},
                    "status": {"enum": ["ok", "warning", "failed", "skipped"]},
                    "seen": {"type": "string", "minLength": 1},
                    "do": {"type": "string"},
                    "figures": {"type": "object", "additionalProperties": {"type": "number"}},
                },
            },
        },
    },
}


async def found(config: Config, scope: Scope = MUTE, *, sockets: Sequence[Path] = ()) -> dict[str, Check]:
    return {check.name: check async for check in examine(config, [], scope, sockets=sockets)}


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", KEY)


# ---- the computer ---------------------------------------------------------------
@pytest.mark.parametrize(
    ("now", "synchronized", "service_s", "status", "words"),
    [
        (NOW, True, None, "ok", "2026-05-01 12:00:00 UTC, synchronized"),
        (NOW, None, None, "ok", "no sign"),
        (NOW, False, None, "warning", "timedatectl"),
        (NOW, True, 1.0, "ok", "synchronized, 1 s from the service's"),
        (NOW, False, 1.0, "ok", "1 s from the service's"),
        (NOW, True, 7200.0, "failed", "7200 s behind the service"),
        (NOW, True, -7200.0, "failed", "7200 s ahead of the service"),
        (NOW.replace(year=1970), True, None, "failed", "cannot be"),
    ],
)
def test_the_clock(
    now: datetime, synchronized: bool | None, service_s: float | None, status: str, words: str
) -> None:
    date = None if service_s is None else now + timedelta(seconds=service_s)
    check = system.clock(now, synchronized, date)
    assert check.status == status
    assert words in str(check)


def test_whether_the_clock_is_synchronized(tmp_path: Path) -> None:
    assert synchronized(tmp_path)
    assert synchronized(tmp_path / "none") in (True, False, None)
    assert system.now().tzinfo is UTC


@pytest.mark.parametrize(("mb", "status"), [(8000, "ok"), (100, "warning"), (10, "failed")])
def test_the_disk(tmp_path: Path, mb: int, status: str) -> None:
    check = system.disk([tmp_path / "not" / "made"], lambda _: (0, 0, mb * 2**20))
    assert check.status == status
    assert str(tmp_path) in check.seen


@pytest.mark.parametrize(
    ("flags", "celsius", "status", "words"),
    [
        (None, None, "skipped", "reports neither"),
        (0, 48.3, "ok", "48 °C, not throttled"),
        (None, 48.3, "ok", "48 °C"),
        (None, 85.0, "warning", "improve the cooling"),
        (0x50005, 48.3, "failed", "now: under-voltage, throttled; use the official power supply"),
        (0x50000, 48.3, "warning", "since the start: under-voltage"),
        (0x8, 82.0, "failed", "too hot for full speed; improve the cooling"),
        (0x0, None, "ok", "temperature unknown, not throttled"),
    ],
)
def test_the_processor(flags: int | None, celsius: float | None, status: str, words: str) -> None:
    check = system.processor(flags, celsius)
    assert check.status == status
    assert words in str(check)


def test_a_processor_of_too_few_bits() -> None:
    check = system.processor(0, 48.3, bits=32)
    assert check.status == "failed"
    assert (check.seen, check.do.partition(" (")[0]) == (
        "this system is 32 bit, even if its kernel is not",
        "write the 64-bit Raspberry Pi OS to the card",
    )
    assert system.BITS == 64


def test_where_the_processor_tells_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert (system.celsius(tmp_path), system.throttled(tmp_path)) == (None, None)
    vcgencmd = tmp_path / "vcgencmd"
    vcgencmd.write_text("#!/bin/sh\necho throttled=0x50005\n")
    vcgencmd.chmod(0o755)
    assert system.throttled(tmp_path) == 0x50005
    for name, text in (
        ("class/thermal/thermal_zone0/temp", "48312\n"),
        ("class/thermal/thermal_zone1/temp", "broken\n"),
        ("devices/platform/soc/soc:firmware/get_throttled", "50000\n"),
    ):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(text)
    assert (system.celsius(tmp_path), system.throttled(tmp_path)) == (48.312, 0x50000)


# ---- a device that runs -----------------------------------------------------------
async def test_a_running_device_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    assert not running([path], proc=tmp_path)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        assert not running([path], proc=tmp_path)
        listening.listen()
        checks = await found(Config(), Scope(network=False), sockets=[path])
        assert "systemctl stop edge-agent first" in checks["running"].do
        assert {checks[name].status for name in ("microphone", "echo", "button", "light")} == {"skipped"}
        checks = await found(Config(), Scope(network=False, sound=False, force=True), sockets=[path])
        assert "interrupted" in checks["running"].do


# ---- the service ------------------------------------------------------------------
async def test_all_is_well(key: None) -> None:
    async with service(tls=server_tls()) as simulated:
        checks = await found(config_for(simulated.url, deployment=ENDLESS))
    order = ["proxy", "names", "connection", "clock", "credential", "session", "model", "settings"]
    assert list(checks)[-8:] == order
    assert {checks[name].status for name in order} == {"ok"}
    assert "TLSv1.3, certificate by trustme" in checks["connection"].seen
    assert checks["session"].figures["session_ms"] > 0
    assert "from the service's" in checks["clock"].seen
    assert KEY not in "".join(map(str, checks.values()))


WRONG: list[tuple[dict[str, Any], list[str], str]] = [
    ({"key": "another"}, [], "access denied (HTTP 401"),
    ({}, ["refuse:404@connect#*"], "check service.deployment"),
    ({"voice": "nobody"}, [], "session.audio.output.voice"),
]


@pytest.mark.parametrize(("settings", "faults", "words"), WRONG)
async def test_a_session_that_is_refused(
    settings: dict[str, Any], faults: list[str], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", settings.get("key", KEY))
    async with service(*faults, tls=server_tls()) as simulated:
        config = config_for(simulated.url)
        voice = settings.get("voice", config.assistant.voice)
        checks = await found(replace(config, assistant=replace(config.assistant, voice=voice)))
    assert checks["connection"].status == "ok"
    assert checks["session"].status == "failed"
    assert words in str(checks["session"])


# ---- the model --------------------------------------------------------------------------
TODAY = date(2026, 11, 28)


def openai(url: str, deployment: str = "", **settings: Any) -> Config:
    return config_for(url, "openai", deployment=deployment, **settings)


@pytest.mark.parametrize(
    ("deployment", "told", "status", "words"),
    [
        ("", ModelReport(), "ok", "gpt-realtime-2.1, no end is announced"),
        ("gpt-realtime", ModelReport(), "warning", "gpt-realtime ends on 2027-01-20, in 53 days"),
        (
            "gpt-realtime-2.1",
            ModelReport(ends=date(2026, 12, 1)),
            "warning",
            "2026-12-01, in 3 days (the service)",
        ),
        ("gpt-realtime-2.1", ModelReport(ends=date(2028, 1, 1)), "ok", "until 2028-01-01 (the service)"),
        ("gpt-realtime-9", ModelReport(), "warning", "is not a known model: the costs are a guess"),
        ("gpt-realtime-9", ModelReport(exists=False), "failed", "there is no such model, or it was retired"),
    ],
)
def test_what_is_known_of_a_model(deployment: str, told: ModelReport, status: str, words: str) -> None:
    check = model_checks.model(openai("", deployment), told, TODAY)
    assert check.status == status
    assert words in check.seen


def test_settings_that_a_model_does_not_take() -> None:
    config = replace(openai("", "gpt-realtime"), assistant=AssistantSettings(reasoning="low"))
    check = model_checks.settings(config, ModelReport())
    assert (check.status, check.seen) == (
        "warning",
        "[assistant] reasoning is ignored: gpt-realtime does not reason",
    )
    assert model_checks.settings(config, ModelReport("gpt-realtime-2.1")).status == "ok"


async def test_a_service_is_asked_for_its_model(key: None) -> None:
    keyed = {"OPENAI_API_KEY": KEY}
    async with service(tls=server_tls("voice.test"), today=lambda: TODAY) as simulated:
        port = int(simulated.url.rsplit(":", 1)[1])
        here = openai(f"https://127.0.0.1:{port}", "gpt-realtime")
        async with http_proxy(port) as (proxy, asked):
            through = {"proxy": f"http://me:secret@127.0.0.1:{proxy}"}
            told = [
                await model_checks.ask(openai("https://voice.test", name, **through), keyed)
                for name in ("gpt-realtime", "gpt-realtime-2.1", "gpt-realtime-0")
            ]
        assert told == [(True, date(2027, 1, 20)), (True, None), (False, None)]
        assert "Proxy-Authorization: Basic bWU6c2VjcmV0" in asked[0]
        assert await model_checks.ask(here, keyed) == (None, None)  # its certificate is somebody else's
        azure = config_for(simulated.url)
        assert await model_checks.ask(azure, {"AZURE_OPENAI_API_KEY": KEY}) == (None, None)


async def test_a_model_that_was_retired(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    gone = service(
        "fatal:model_not_found@session.update#*", tls=server_tls(), today=lambda: date(2027, 1, 20)
    )
    async with gone as simulated:
        checks = await found(openai(simulated.url, "gpt-realtime"))
    assert checks["session"].status == "failed"
    assert checks["model"].status == "failed"
    assert "it was retired" in checks["model"].seen
    async with service(tls=server_tls(), today=lambda: date(2027, 1, 20)) as simulated:
        checks = await found(openai(simulated.url, "gpt-realtime"))  # whatever its page says, it answers
    assert (checks["session"].status, checks["model"].status) == ("ok", "warning")


async def test_a_certificate_of_somebody_else(key: None) -> None:
    async with service(tls=server_tls("other.test")) as simulated:
        checks = await found(config_for(simulated.url))
    assert checks["connection"].status == "failed"
    assert "its certificate is for other.test" in checks["connection"].seen
    assert checks["session"].seen == "connection failed"
    assert checks["credential"].status == "ok"


async def test_a_certificate_that_nobody_trusts(key: None) -> None:
    async with service(tls=server_tls(ca=trustme.CA())) as simulated:
        checks = await found(config_for(simulated.url))
    assert "not trusted" in checks["connection"].seen


async def test_a_name_that_is_not_there(key: None) -> None:
    checks = await found(config_for("https://nowhere.invalid", proxy="none"))
    assert checks["names"].status == "failed"
    assert "cannot resolve 'nowhere.invalid'" in checks["names"].seen
    assert checks["connection"].seen == checks["session"].seen == "names failed"


async def test_nobody_listens(key: None) -> None:
    async with service() as simulated:
        url = simulated.url
    checks = await found(config_for(url))
    assert "cannot be reached" in checks["connection"].seen


async def test_without_a_service_or_a_network() -> None:
    checks = await found(Config())
    assert checks["configuration"].status == "failed"
    assert checks["session"] == Check("session", "skipped", "no service is configured")
    checks = await found(Config(), replace(MUTE, network=False))
    assert checks["configuration"].status == "warning"
    assert checks["session"] == Check("session", "skipped", "--no-network")


async def test_where_a_key_comes_from(tmp_path: Path) -> None:
    file = tmp_path / "api-key"
    file.write_text(KEY)
    azure = config_for("https://x.openai.azure.com").service
    filed = replace(azure, api_key_file=str(file))
    for mode, status in ((0o604, "warning"), (0o600, "ok")):
        file.chmod(mode)
        assert (await service_checks.credential(filed, {})).status == status
    given = await service_checks.credential(azure, {"CREDENTIALS_DIRECTORY": str(tmp_path)})
    assert given.seen == "an API key from systemd"
    assert (await service_checks.credential(azure, {})).status == "failed"
    wrong = replace(azure, credential="client-secret")
    assert "needs AZURE_TENANT_ID" in (await service_checks.credential(wrong, {})).seen
    file.write_text(f"#!/bin/sh\necho {KEY}\n")
    file.chmod(0o700)
    command = replace(azure, credential="command", credential_command=str(file))
    printed = await service_checks.credential(command, {})
    assert printed.seen.startswith(f"a token printed by {file}, in ")
    here = config_for("http://127.0.0.1:1").service
    assert "no key needed" in (await service_checks.credential(here, {})).seen


async def test_a_key_that_should_be_replaced_though_the_other_is_good(tmp_path: Path) -> None:
    (tmp_path / "api-key").write_text(f"rolled-over\n{KEY}\n")
    async with service(tls=server_tls()) as simulated:
        check, _ = await service_checks.session(
            config_for(simulated.url), {"CREDENTIALS_DIRECTORY": str(tmp_path)}
        )
    assert check.status == "warning"
    assert check.do == "key 1 of systemd was refused; replace it with the new one"


async def test_a_simulated_sound_card_is_not_examined() -> None:
    config = Config()
    config = replace(config, audio=replace(config.audio, backend="simulated"))
    checks = await found(config, Scope(panel=False, network=False))
    assert checks["echo"] == Check("echo", "skipped", "the sound card is simulated")


async def test_an_address_at_which_nobody_answers_is_named() -> None:
    async with await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        assert await dead_addresses(["127.0.0.1", "127.0.0.2"], port, 1.0) == ["127.0.0.2"]
        assert await dead_addresses(["127.0.0.2"], port, 1.0) == []  # nothing else would have been tried


# ---- through a proxy ----------------------------------------------------------------
@asynccontextmanager
async def http_proxy(port: int, status: str = "200 OK") -> AsyncIterator[tuple[int, list[str]]]:
    """Lets every CONNECT through to `port` of this machine; (its own port, what was asked)."""
    asked: list[str] = []

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(1 << 16):
                writer.write(data)
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(f"HTTP/1.1 {status}\r\n\r\n".encode())
        if status.startswith("200"):
            out_reader, out_writer = await asyncio.open_connection("127.0.0.1", port)
            await asyncio.gather(pump(reader, out_writer), pump(out_reader, writer), return_exceptions=True)
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1") as server:
        yield server.sockets[0].getsockname()[1], asked


async def test_through_a_proxy(key: None) -> None:
    async with (
        service(tls=server_tls("voice.test")) as simulated,
        http_proxy(int(simulated.url.rsplit(":", 1)[1])) as (port, asked),
    ):
        proxy = f"http://me:secret@127.0.0.1:{port}"
        checks = await found(config_for("https://voice.test", proxy=proxy, deployment=ENDLESS))
    assert checks["proxy"].seen == f"http://127.0.0.1:{port} (service.proxy)"
    assert [check.status for check in list(checks.values())[-8:]] == ["ok"] * 8
    assert asked[0].startswith("CONNECT voice.test:443 HTTP/1.1\r\n")
    assert "Proxy-Authorization: Basic bWU6c2VjcmV0" in asked[0]
    assert "secret" not in "".join(map(str, checks.values()))


async def test_a_proxy_that_refuses(key: None) -> None:
    async with http_proxy(0, "407 Proxy Authentication Required") as (port, _):
        checks = await found(config_for("https://voice.test", proxy=f"http://127.0.0.1:{port}"))
    assert "the proxy refused (HTTP/1.1 407" in checks["connection"].seen


async def test_which_proxy_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "no_proxy", "all_proxy", "wss_proxy", "socks_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    assert "does not apply to this host" in (await Way(config_for("https://voice.test")).proxy()).seen
    monkeypatch.setenv("ALL_PROXY", "http://proxy.test:3128")
    said = (await Way(config_for("https://voice.test")).proxy()).seen
    assert "ALL_PROXY is set, and not used: name the proxy in HTTPS_PROXY" in said
    monkeypatch.setenv("https_proxy", "proxy.test:3128")
    check = await Way(config_for("https://voice.test")).proxy()
    assert check.seen == "http://proxy.test:3128 (HTTPS_PROXY)"
    assert Way(config_for("https://voice.test", proxy="none")).target.first == ("voice.test", 443)
    monkeypatch.setenv("no_proxy", "voice.test")
    assert Way(config_for("https://voice.test")).target.proxy is None
    assert (await Way(config_for("https://voice.test", proxy="proxy")).proxy()).status == "failed"
    socks = Way(config_for("https://voice.test", proxy="socks5h://proxy.test:1080"))
    assert (await socks.connection()).status == "skipped"


# ---- the panel ------------------------------------------------------------------------
async def test_a_panel_that_is_not_there() -> None:
    config = Config()
    assert [check.status async for check in panel_checks(config, None)] == ["skipped", "skipped"]
    config = replace(config, panel=replace(config.panel, backend="none"))
    assert [check.seen async for check in panel_checks(config, None)] == ['[panel] backend is "none"'] * 2


async def test_button_and_light(mock_pins: Any) -> None:
    settings = replace(Config().panel, button_pin=17, light="led", light_pin=18, debounce_ms=0)
    config = replace(Config(), panel=settings)
    pin = mock_pins.pin(17)

    async def checks(ask: Any, press_s: float) -> list[str]:
        return [str(check) async for check in panel_checks(config, ask, press_s=press_s, shown_s=0)]

    button, light = await checks(lambda _: pin.drive_low(), 10)
    assert button.endswith("was pressed")
    assert "showed idle, listening" in light
    pin.drive_high()
    assert "no press detected" in (await checks(lambda _: None, 0))[0]
    assert "not a terminal" in (await checks(None, 0))[0]


# ---- the command ----------------------------------------------------------------------
def command(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = main(["doctor", "--no-sound", "--no-panel", *arguments])
    return code, capsys.readouterr().out


def test_no_certificate_controls_the_terminal() -> None:
    """Anybody can have one made out to any name."""
    seen = "its certificate is for \x1b]0;title\x07\nok       forged"
    assert str(Check("network", "failed", seen, "\x9b2J")).isprintable()


def test_exit_codes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", KEY)
    path = tmp_path / "c.toml"
    path.write_text('[service]\nendpoint = "https://nowhere.invalid"\nproxy = "none"\n')
    assert command(capsys, "--config", str(path), "--no-network")[0] == 0
    code, told = command(capsys, "--config", str(path))
    assert code == 1
    assert "failed   names         cannot resolve 'nowhere.invalid'" in told
    path.write_text('[service]\nendpoint = "nowhere"\n[audio]\necho = "loud"\nvolume = 200\n')
    code, told = command(capsys, "--config", str(path))
    assert code == 78
    assert told.count("failed   configuration") == 3
    assert "session       the configuration is wrong" in told
    assert command(capsys, "--config", "/no/such/file")[0] == 78


def test_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, told = command(capsys, "--json")
    document = json.loads(told)
    jsonschema.validate(document, SCHEMA)
    assert document["exit_code"] == code == 78
