"""edge-agent report and replay, in front of a running device."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from edge_agent.app.daemon import Daemon
from edge_agent.cli import main
from edge_agent.config import load
from edge_agent.config.model import Config
from edge_agent.doctor import last_result as doctor
from edge_agent.host.control.client import request
from edge_agent.simulator.server import SimulatedService
from edge_agent.vocabulary import events as e

from .test_daemon import silence, until

pytestmark = pytest.mark.realtime

PLANTED = ("planted-in-variable", "planted-in-file", "planted-in-command", "planted-in-address")
WORDS = "Rumpelstilzchen"


def text(name: str) -> str:
    return Path(name).read_text("utf-8")


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration with secrets wherever there can be one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", PLANTED[0])
    (tmp_path / "key").write_text(PLANTED[1] + "\n")
    file = tmp_path / "edge-agent.toml"
    file.write_text(
        f'[service]\napi_key_file = "{tmp_path / "key"}"\ncredential_command = "vault -token {PLANTED[2]}"\n'
        f'proxy = "http://me:{PLANTED[3]}@127.0.0.1:1"\n[panel]\nbackend = "none"\n'
    )
    return file


def serve(settings: Path, endpoint: str) -> Config:
    settings.write_text(settings.read_text().replace("[service]", f'[service]\nendpoint = "{endpoint}"'))
    config, problems = load(settings)
    assert problems == []
    return config


@pytest.fixture
async def device(settings: Path) -> AsyncIterator[Daemon]:
    async with SimulatedService() as service:
        config = serve(settings, service.url)
        daemon = Daemon(config, read=lambda: config, open_card=silence, synchronized=lambda: None)
        task = asyncio.create_task(daemon.run())
        await until(lambda: daemon.device.state.online)
        yield daemon
        daemon.stop()
        await task


async def cli(*arguments: str | Path) -> int:
    return await asyncio.to_thread(main, [str(argument) for argument in arguments])


async def ask(device: Daemon) -> None:
    """A turn, and everything of it that must not get into a report."""
    told = f"{PLANTED[1]} was refused at http://me:{PLANTED[3]}@x"
    for event in (
        e.TextEntered(WORDS),
        e.UserTranscribed("u1", WORDS),
        e.InterruptRequested(),
        e.Disconnected(1, told),
        e.Connected(2),
        e.LinkFailed("dns", told, told=True),
    ):
        device.device.post(event)


async def test_a_report_of_a_running_device_can_be_replayed(
    device: Daemon, settings: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await ask(device)
    assert await cli("report", "--config", settings, "--out", "r.json") == 0
    assert "r.json: 1 turns, 1 findings, " in capsys.readouterr().out
    report = json.loads(text("r.json"))
    assert report["running"]
    assert report["status"]["findings"][0]["code"] == "link-dns"
    assert report["status_lines"][0].startswith("idle for")
    assert [turn["turn_id"] for turn in report["turns"]] == [1]
    assert {change["event"] for change in report["changes"]} >= {"device_started", "link_up", "link_failed"}
    assert 'credential_command = "vault ***"  # file' in report["configuration"]
    assert await cli("replay", "r.json") == 0
    assert " events, all as recorded (format 2)\n" in capsys.readouterr().out


@pytest.mark.realtime  # it waits for its turn, twice
async def test_no_secret_and_no_word_is_in_it_however_it_is_written(device: Daemon, settings: Path) -> None:
    await ask(device)
    answer = json.dumps(await asyncio.to_thread(request, "report", last=10))
    assert await cli("report", "--config", settings, "--html", "--out", "r") == 0
    assert await cli("report", "--config", settings, "--with-transcript", "--out", "words.json") == 0
    page, asked = text("r.html"), text("words.json")
    for secret in PLANTED:
        assert secret not in answer + page + asked
    assert WORDS not in answer + page
    assert WORDS in asked
    assert WORDS not in json.dumps(json.loads(asked)["record"])
    assert {"UserTranscribed", "Disconnected", "RestoreMessage"} <= set(
        re.findall(r"\w+", page)
    )  # it is complete
    assert await cli("replay", "r.html") == 0


async def test_it_is_made_once_a_second(device: Daemon) -> None:
    assert (await asyncio.to_thread(request, "report"))["ok"]
    assert "try again in a second" in (await asyncio.to_thread(request, "report"))["error"]


def test_a_report_without_a_device_has_the_rest(
    settings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    doctor.keep({"exit_code": 0, "checks": []})
    assert main(["report", "--config", str(settings)]) == 0
    assert "edge-agent is not running; systemctl start edge-agent" in capsys.readouterr().err
    (made,) = tmp_path.glob("edge-agent-report-*.json")
    report = json.loads(made.read_text())
    assert not report["running"]
    assert report["doctor"] == {"exit_code": 0, "checks": []}
    assert report["versions"]["packages"]["numpy"]
    assert not any(secret in made.read_text() for secret in PLANTED)
    assert main(["report", "--config", str(settings), "--out", made.name]) == 1
    assert f"{made.name} already exists; choose another with --out" in capsys.readouterr().err
    assert main(["replay", str(made)]) == 2
    assert "holds no record of turns" in capsys.readouterr().err


def test_what_the_doctor_found_is_kept_where_that_can_be(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError):
        doctor.keep({"checks": []}, tmp_path / "file" / "state")
    assert doctor.last(tmp_path / "file" / "state") is None
    doctor.keep({"checks": []}, tmp_path / "state")
    assert doctor.last(tmp_path / "state") == {"checks": []}
    assert [path.name for path in (tmp_path / "state").iterdir()] == ["doctor.json"]
    (tmp_path / "state" / "doctor.json").write_text("[]")
    assert doctor.last(tmp_path / "state") is None


def test_a_report_that_cannot_be_written(settings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "--config", str(settings), "--out", "/none/r.json"]) == 1
    assert "/none/r.json: cannot be written (No such file or directory)" in capsys.readouterr().err


RECORDING = Path(__file__).parent / "recordings" / "dropped-answer.json"


def test_replay_says_what_differs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = json.loads(RECORDING.read_text())
    for entry in report["record"]["segments"][0]["entries"]:
        entry["commands"] = []
    report["record"]["version"] = "0.0.1"
    (tmp_path / "r.json").write_text(json.dumps(report))
    assert main(["replay", str(tmp_path / "r.json")]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(
        "turn 1: event 1 (AudioStarted at 0.000): commands were [], are now [SetVolume("
    )
    assert len(lines) == 6
    assert "not as recorded, " in lines[-1]
    assert "(format 2, recorded by edge-agent 0.0.1; this is " in lines[-1]


def test_replay_tells_one_turn(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", str(RECORDING), "--turn", "2", "-v"]) == 0
    out = capsys.readouterr().out
    assert "ButtonPressed()" in out
    assert "   -> OpenUplink(until=closed" in out
    assert main(["replay", str(RECORDING), "--turn", "9"]) == 2
    assert "turn 9 is not in the report; its turns: 1, 2" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "words"), [("{", "is truncated"), ('{"record": {"format": 3}}', "format 3")]
)
def test_what_cannot_be_replayed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, words: str
) -> None:
    (tmp_path / "r.json").write_text(text)
    assert main(["replay", str(tmp_path / "r.json")]) == 2
    assert words in capsys.readouterr().err
    assert main(["replay", str(tmp_path / "none.json")]) == 2
    assert "cannot be read (No such file or directory)" in capsys.readouterr().err
