"""edge-agent probe-live as a user runs it, over real sockets."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from edge_agent.cli import main
from edge_agent.config import Config
from edge_agent.config.model import ServiceSettings
from edge_agent.probe.socket_wire import open_wire
from edge_agent.realtime.auth import credential
from edge_agent.simulator.faults import FaultScript, parse
from edge_agent.simulator.server import SimulatedService

from .test_link import KEY

pytestmark = pytest.mark.realtime


@pytest.fixture(autouse=True)
def _environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EDGE_AGENT_CONFIG", str(tmp_path / "c.toml"))
    for name in "AZURE_OPENAI_API_KEY", "OPENAI_API_KEY":
        monkeypatch.setenv(name, KEY)


def configured(url: str, provider: str) -> None:
    Path("c.toml").write_text(f'[service]\nprovider = "{provider}"\nendpoint = "{url}"\n')


def contents(name: str) -> str:
    return Path(name).read_text()


async def probed(*arguments: str) -> int:
    return await asyncio.to_thread(main, ["probe-live", *arguments])


@pytest.mark.parametrize(
    ("provider", "refusal"), [("openai-live", "error invalid_api_key"), ("azure-live", "HTTP 401")]
)
async def test_a_report_without_the_key(
    provider: str, refusal: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async with SimulatedService(key=KEY) as service:
        configured(service.url, provider)
        assert await probed("--yes", "--only", "begin", "refusal", "short", "--report", "told") == 0
    told = json.loads(contents("told.json"))
    found = {answer["name"]: answer["answer"] for answer in told["answers"]}
    assert (told["provider"], told["left_out"]) == (provider, [])
    assert found["refusal"] == refusal
    assert found["two-sessions"] == "yes"
    assert found["close-code"] == "1000"
    assert found["first-seconds"] == "the second"
    printed = capsys.readouterr().out
    assert contents("told.txt") in printed
    assert "about 0.02 USD" in printed
    assert KEY not in printed + contents("told.json")


async def test_nobody_is_made_to_pay_unasked(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with SimulatedService(key=KEY) as service:
        configured(service.url, "azure-live")
        assert await probed() == 2
        assert "add --yes to agree to it" in capsys.readouterr().err
        monkeypatch.setattr("sys.stdin.isatty", lambda: True)
        monkeypatch.setattr("builtins.input", lambda _: "n")
        assert await probed() == 2
    assert service.attempts == []


async def test_for_another_api_it_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    configured("https://kitchen.openai.azure.com", "azure")
    assert await probed("--yes") == 2
    said = capsys.readouterr().err
    assert said == "edge-agent: azure is not GPT-Live; set [service] provider to openai-live or azure-live\n"


async def test_where_nobody_answers_it_ends_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    configured("http://127.0.0.1:9", "azure-live")
    assert await probed("--yes", "--only", "begin", "short") == 1
    assert "not asked: short: no session: the service cannot be reached" in capsys.readouterr().out


async def test_without_a_key_it_says_so(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AZURE_OPENAI_API_KEY")
    configured("https://kitchen.openai.azure.com", "azure-live")
    assert await probed("--yes") in (1, 78)
    assert "AZURE_OPENAI_API_KEY" in capsys.readouterr().err


async def test_a_report_that_cannot_be_written(capsys: pytest.CaptureFixture[str]) -> None:
    configured("http://127.0.0.1:9", "azure-live")
    assert await probed("--yes", "--only", "begin", "--report", "c.toml/told") == 1
    assert "the report cannot be written" in capsys.readouterr().err


async def test_a_line_that_breaks_and_what_is_no_event() -> None:
    faults = FaultScript([parse("bad-json@session"), parse("binary@session"), parse("drop@append")])
    async with SimulatedService(key=KEY, faults=faults) as service:
        config = Config(service=ServiceSettings(provider="azure-live", endpoint=service.url))
        wire = await open_wire(config, credential(config.service, {"AZURE_OPENAI_API_KEY": KEY}))
        start: dict[str, Any] = {"type": "session.start", "session": {"model": "gpt-live-1"}}
        await wire.send(start)
        assert await wire.until(wire.now + 10, lambda: bool(wire.record.of("session.started")))
        await wire.send({"type": "session.input_audio.append", "audio": "AAAA"})
        await wire.until(wire.now + 10, lambda: wire.record.is_over)
        assert wire.record.ending is not None
        assert wire.record.ending.code in (None, 1006)
        await wire.send({"type": "session.close"})  # to nobody
        assert not await wire.until(wire.now + 10)
        await wire.close()
