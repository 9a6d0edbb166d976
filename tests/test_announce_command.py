"""announce, start and ask-user as a user runs them, at a device that runs, over its control socket."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from edge_agent.app.daemon import Daemon
from edge_agent.audio.cards.simulated import SimulatedCard, SpokenSource
from edge_agent.audio.convert import convert
from edge_agent.audio.sounds import spoken_answers, spoken_lines
from edge_agent.cli import main
from edge_agent.config.model import AssistantSettings, Config, ServiceSettings, TurnTaking
from edge_agent.config.panel_settings import PanelSettings
from edge_agent.config.providers import PROVIDERS, ProviderName
from edge_agent.simulator.answers import Script, Speech
from edge_agent.simulator.server import SimulatedService
from edge_agent.vocabulary.state import Turn

from .sound import rms

pytestmark = pytest.mark.realtime
LINE = convert(spoken_lines()[0].pcm, 24_000, 16_000)
ANSWER = Speech("answer", spoken_answers()[0].pcm[: 48 * 600])
NOWHERE = "ws://127.0.0.1:9"


class Heard:
    """What the speaker played."""

    def __init__(self) -> None:
        self.pcm = bytearray()

    def write(self, pcm: bytes) -> None:
        self.pcm += pcm

    def close(self) -> None: ...


class Bench:
    def __init__(
        self, url: str, capsys: pytest.CaptureFixture[str], transcription: str, provider: ProviderName
    ) -> None:
        self.person, self.speaker, self._capsys = SpokenSource(), Heard(), capsys
        config = Config(
            service=ServiceSettings(provider=provider, endpoint=url),
            assistant=AssistantSettings(transcription=transcription),
            turns=TurnTaking(mode="button", button="tap"),
            panel=PanelSettings(backend="none"),
        )
        config = replace(config, gate=replace(config.gate, confirm="off"))
        config = replace(config, audio=replace(config.audio, echo="off"))
        self.daemon = Daemon(config, read=lambda: config, open_card=lambda _: self._card())

    def _card(self) -> SimulatedCard:
        return SimulatedCard(self.person, rate_hz=16_000, channels=1, speaker=[self.speaker])

    async def run(self, *arguments: str) -> tuple[int, str, str]:
        """(exit code, output, complaint)"""
        code = await asyncio.to_thread(main, arguments)
        said = self._capsys.readouterr()
        return code, said.out.strip(), said.err.strip()

    async def until(self, holds: Callable[[], object]) -> None:
        async with asyncio.timeout(60):
            while not holds():  # noqa: ASYNC110 - of a device there is nothing else to wait for
                await asyncio.sleep(0.02)


@asynccontextmanager
async def running(
    capsys: pytest.CaptureFixture[str],
    url: str = NOWHERE,
    transcription: str = "",
    provider: ProviderName = "openai",
) -> AsyncIterator[Bench]:
    bench = Bench(url, capsys, transcription, provider)
    task = asyncio.create_task(bench.daemon.run())
    if PROVIDERS[provider].is_duplex:  # no link until somebody talks
        await bench.until(lambda: bench.daemon.report()["sound"]["up"])
    else:
        await bench.until(lambda: bench.daemon.device.state.online or bench.daemon.status.findings)
    yield bench
    bench.daemon.stop()
    await task


@pytest.fixture(autouse=True)
def _folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "key")
    for name in "STATE_DIRECTORY", "RUNTIME_DIRECTORY":
        monkeypatch.setenv(name, str(tmp_path))


@pytest.fixture
def voice() -> None:
    if not shutil.which("espeak-ng"):
        pytest.skip("espeak-ng is not installed")


@pytest.mark.usefixtures("voice")
async def test_words_without_a_link_and_while_muted(capsys: pytest.CaptureFixture[str]) -> None:
    async with running(capsys) as bench:
        await bench.run("mute")
        began = len(bench.speaker.pcm)
        assert await bench.run("announce", "Dinner is ready.") == (0, "it was heard to its end", "")
        assert rms(bytes(bench.speaker.pcm[began:])) > 300
        assert await bench.run("announce", "--json", "--no-chime", "Now.") == (0, '{"outcome": "heard"}', "")
        assert bench.daemon.device.state.muted


@pytest.mark.usefixtures("voice")
async def test_who_stops_it_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    async with running(capsys) as bench:
        asked = asyncio.create_task(asyncio.to_thread(main, ["announce", "--json", "one two three " * 20]))
        await bench.until(lambda: bench.daemon.device.state.announcing)
        await asyncio.to_thread(main, ["interrupt"])
        assert await asked == 1
        assert '{"outcome": "interrupted"}' in capsys.readouterr().out


async def test_what_cannot_be_is_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(capsys) as bench:
        no_words = "edge-agent: announce needs text or media, 1 to 1000 characters"
        assert await bench.run("announce", "x" * 2000) == (1, "", no_words)
        code, _, complaint = await bench.run("announce", "--media", "https://h/a.wav")
        assert (code, "[announce] media" in complaint) == (1, True)
        code, _, complaint = await bench.run("ask-user", "Shall I?")
        assert (code, "set [assistant] transcription" in complaint) == (1, True)
        monkeypatch.setenv("PATH", "")
        for command in ("announce", "start"):
            code, _, complaint = await bench.run(command, "Hello")
            assert (code, "apt install espeak-ng" in complaint, complaint.count("\n")) == (1, True, 0)
        await bench.run("mute")
        muted = (1, "", "edge-agent: the device is muted; nothing was opened")
        assert await bench.run("start") == muted
        assert bench.daemon.device.state.turn is Turn.IDLE


async def test_a_question_is_answered(capsys: pytest.CaptureFixture[str]) -> None:
    async with (
        SimulatedService(answers=lambda: Script([ANSWER])) as service,
        running(capsys, service.url, "whisper-1") as bench,
    ):
        asked = asyncio.create_task(asyncio.to_thread(main, ["ask-user", "--json", "Shall I close them?"]))
        await bench.until(lambda: bench.daemon.device.state.turn is Turn.LISTENING)
        bench.person.say(bytes(32 * 300) + LINE)
        assert await asked == 0
        told = json.loads(capsys.readouterr().out)
        assert told["outcome"] == "answered"
        # which words, the scenarios look at: here the machine may be too slow to hear all
        assert told["text"]
        await bench.until(lambda: bench.daemon.device.state.turn is Turn.SPEAKING)


async def test_gpt_live_asks_and_is_answered(capsys: pytest.CaptureFixture[str]) -> None:
    async with (
        SimulatedService(answers=lambda: Script([ANSWER])) as service,
        running(capsys, service.url, provider="openai-live") as bench,
    ):
        asked = asyncio.create_task(asyncio.to_thread(main, ["ask-user", "--json", "Shall I close them?"]))
        await bench.until(lambda: bench.daemon.device.state.turn is Turn.LISTENING)
        bench.person.say(bytes(32 * 300) + LINE)
        assert await asked == 0
        told = json.loads(capsys.readouterr().out)
        assert told["outcome"] == "answered"
        assert told["text"]


async def test_nobody_answers_and_a_conversation_begins(capsys: pytest.CaptureFixture[str]) -> None:
    async with (
        SimulatedService(answers=lambda: Script([ANSWER])) as service,
        running(capsys, service.url, "whisper-1") as bench,
    ):
        nobody = (3, "", "edge-agent: nobody answered")
        assert await bench.run("ask-user", "--seconds", "1", "Is anybody there?") == nobody
        assert await bench.run("start") == (0, "listening", "")
        busy = (
            "edge-agent: the device is busy: somebody talks, or something is said or rings; try again later"
        )
        assert await bench.run("start") == (1, "", busy)
        bench.person.say(bytes(32 * 300) + LINE)
        await bench.until(lambda: bench.daemon.device.state.turn is Turn.SPEAKING)
