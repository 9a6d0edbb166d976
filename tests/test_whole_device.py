"""The whole device on a virtual card, talking to the simulated service over a socket, in real time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge_agent.app.device import Device
from edge_agent.audio.convert import convert
from edge_agent.audio.sounds import cues, spoken_answers, spoken_lines
from edge_agent.audio.volume import gain
from edge_agent.config import Config
from edge_agent.config.model import AudioSettings, ServiceSettings, TurnTaking
from edge_agent.simulator.answers import Answers, Script, Speech
from edge_agent.simulator.reply import Pace
from edge_agent.simulator.server import SimulatedService, WireRecord
from edge_agent.simulator.speech import Bundled
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.commands import Cue
from edge_agent.vocabulary.state import Mode, State, Turn

from .sound import rms, tone
from .virtual_card import VirtualCard, eventually

pytestmark = pytest.mark.realtime
pytest.importorskip("pyaudio")

LINES = [convert(line.pcm, 24_000, 16_000) for line in spoken_lines()]


class Bench:
    """`states` and `events` are all there were; `service` what the service took in."""

    def __init__(self, card: VirtualCard) -> None:
        self.card = card
        self.events: list[e.Event] = []
        self.state = State()
        self.turns = [Turn.IDLE]
        self.service: list[dict[str, Any]] = []
        self.device: Device
        self._news = asyncio.Event()

    def watch(self, event: e.Event, state: State) -> None:
        self.events.append(event)
        self.state = state
        self.turns.append(state.turn)
        self._news.set()

    def record(self, entry: WireRecord) -> None:
        if entry.direction == "in":
            self.service.append(entry.event)
            self._news.set()

    async def until(self, holds: Callable[[], object], limit_s: float = 20) -> None:
        try:
            async with asyncio.timeout(limit_s):
                while not holds():
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            happened = "\n".join(str(event)[:100] for event in self.events[-30:])
            raise AssertionError(f"{self.state}; what happened last:\n{happened}") from None

    async def seen(self, kind: type[e.Event], *, after: int = 0) -> None:
        await self.until(lambda: any(isinstance(event, kind) for event in self.events[after:]))

    def took(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.service if event["type"] == kind]

    async def turn(self, turn: Turn) -> None:
        """Bring the device there, by pressing and talking."""
        await self.until(lambda: self.state.online and not self.state.lost)
        if turn is Turn.IDLE:
            return
        self.device.post(e.ButtonPressed())
        await self.seen(e.MicAudioRecorded)
        self.card.say(LINES[0])
        if turn is Turn.LISTENING:
            return
        before = len(self.events)
        await self.until(lambda: len(self.events) > before + 8)
        self.device.post(e.ButtonReleased())
        await self.until(lambda: Turn.THINKING in self.turns)
        if turn is Turn.SPEAKING:
            await self.seen(e.PlaybackStarted)
            before = len(self.card.played())
            await eventually(lambda: rms(self.card.played()[before:]) > 300)
            before = len(self.card.played())
            await eventually(lambda: len(self.card.played()) > before + 96 * 300)


@pytest.fixture
def device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    @asynccontextmanager
    async def make(
        *,
        turns: TurnTaking | None = None,
        echo: str = "off",
        think_ms: int = 250,
        answers: Callable[[], Answers] = Bundled,
        messages: bool = False,
        volume: int | None = None,
        **card: Any,
    ) -> AsyncIterator[Bench]:
        virtual = VirtualCard(tmp_path, **card)
        virtual.install(monkeypatch)
        monkeypatch.setenv("AZURE_OPENAI_API_KEY", "k")
        it = Bench(virtual)
        async with SimulatedService(
            record=it.record, pace=Pace(think_ms=think_ms), answers=answers
        ) as service:
            config = replace(
                Config(),
                service=ServiceSettings(endpoint=service.url),
                turns=turns or TurnTaking(),
                audio=AudioSettings(microphone="vmic", speaker="vspk", echo=echo, messages=messages),  # type: ignore[arg-type]
            )
            it.device = Device(config, watchers=(it.watch,), volume=volume)
            running = asyncio.create_task(it.device.run())
            try:
                yield it
            finally:
                it.device.stop()
                await running

    return make


async def test_a_missing_microphone_is_told_at_the_remembered_volume(
    device: Callable[..., Any], tmp_path: Path
) -> None:
    """After a power cut at night, with a cable that came loose: nothing was open yet that could be told."""
    (tmp_path / "mic.ctl").write_text("unplug")
    (loud,) = cues([Cue.MICROPHONE_MISSING]).values()
    async with device(messages=True, volume=10) as it:
        await eventually(lambda: rms(it.card.played()) > 0)
        before = len(it.card.played())
        await eventually(lambda: len(it.card.played()) > before + 48_000 * 2)
    loudest, of_the_file = (
        int(np.abs(np.frombuffer(pcm, np.int16)).max()) for pcm in (it.card.played(), loud)
    )
    assert 0 < loudest <= of_the_file * gain(10) * 1.1 + 2


FAULTS = [("microphone", "unplug"), ("speaker", "unplug"), ("microphone", "stall"), ("speaker", "crash")]


@pytest.mark.parametrize("turn", list(Turn))
@pytest.mark.parametrize(("part", "word"), FAULTS)
async def test_sound_is_lost_and_found_in_every_turn(
    device: Callable[..., Any], turn: Turn, part: str, word: str
) -> None:
    async with device(think_ms=1500 if turn is Turn.THINKING else 250) as it:
        await it.turn(turn)
        before = len(it.events)
        it.card.fault(part, word)
        await it.seen(e.AudioLost, after=before)
        assert it.state.mode is Mode.FAULT
        if turn is Turn.SPEAKING:
            await it.until(lambda: it.took("conversation.item.truncate"))
            (cut,) = it.took("conversation.item.truncate")
            assert 0 < cut["audio_end_ms"] < 3000
        if turn is Turn.LISTENING:
            await it.until(lambda: it.took("input_audio_buffer.clear"))
        lost = len(it.events)
        it.card.heal(part)
        await it.seen(e.AudioStarted, after=lost if word != "crash" else before)
        await it.until(lambda: not it.state.lost)
        asked = len(it.took("input_audio_buffer.commit"))
        before = len(it.events)
        it.device.post(e.ButtonPressed())
        await it.seen(e.UplinkOpened, after=before)
        it.card.say(LINES[1])
        await it.until(lambda: len([x for x in it.events[before:] if isinstance(x, e.MicAudioRecorded)]) > 12)
        it.device.post(e.ButtonReleased())
        await it.until(lambda: len(it.took("input_audio_buffer.commit")) > asked)
        await it.seen(e.PlaybackStarted, after=before)


async def test_stopping_tells_what_was_heard(device: Callable[..., Any]) -> None:
    async with device() as it:
        await it.turn(Turn.SPEAKING)
        it.device.stop()
        await it.until(lambda: it.took("conversation.item.truncate") or it.took("conversation.item.delete"))


# ---- beside its own loudspeaker ------------------------------------------------
MINUTE = (b"".join(clip.pcm for clip in spoken_answers()) * 2)[: 48_000 * 60]
HANDS_FREE = TurnTaking(mode="hands-free")


def beside(device: Callable[..., Any], answer: bytes) -> Any:
    """The microphone hears the speaker at 0.3, 40 ms later, with reflections, in a room that is not silent."""
    pytest.importorskip("pywebrtc_audio")
    answers = Script([Speech("words", answer)])
    return device(turns=HANDS_FREE, echo="aec3", answers=lambda: answers, echo_gain=0.3, echo_ms=40, noise=30)


async def test_a_minute_beside_the_speaker_and_not_a_word_to_itself(device: Callable[..., Any]) -> None:
    async with beside(device, MINUTE) as it:
        await it.until(lambda: it.state.online and e.AudioStarted in map(type, it.events))
        it.card.say(LINES[0])
        await it.seen(e.PlaybackStarted)
        before = len(it.events)
        await it.until(lambda: e.PlaybackDrained in map(type, it.events[before:]), limit_s=75)
        happened = set(map(type, it.events[before:]))
        assert e.SpeechStarted not in happened
        assert not it.took("conversation.item.truncate")
        assert it.device.audio.counters.erle_db > 20


async def test_a_person_breaks_in_beside_the_speaker(device: Callable[..., Any]) -> None:
    async with beside(device, MINUTE) as it:
        await it.until(lambda: it.state.online and e.AudioStarted in map(type, it.events))
        it.card.say(LINES[0])
        await it.seen(e.PlaybackStarted)
        await it.seen(e.EchoJudged)
        before = len(it.events)
        it.card.say(LINES[1])
        await it.seen(e.SpeechStarted, after=before)
        await it.until(lambda: it.took("conversation.item.truncate"))
        await it.until(lambda: len(it.took("input_audio_buffer.commit")) == 2)


async def test_an_announcement_that_dies_with_the_sound_is_said_again_from_its_beginning(
    device: Callable[..., Any],
) -> None:
    async with device() as it:
        await it.until(lambda: it.state.online)
        announced = tone(24_000, 3000, 440)
        it.device.post(e.AnnouncementMade(1, announced, chime=False))
        await eventually(lambda: len(it.card.played()) > 0 and rms(it.card.played()[-9600:]) > 300)
        it.card.fault("speaker", "crash")
        await it.seen(e.AudioLost)
        assert not it.state.announcing
        it.card.heal("speaker")
        await it.seen(e.AnnouncementPlayed)
        lost = next(at for at, event in enumerate(it.events) if isinstance(event, e.AudioLost))
        assert [type(event) for event in it.events[lost:]].count(e.AnnouncementPlayed) == 1
        assert not it.state.announcing
