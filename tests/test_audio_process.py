"""The audio process on a virtual card: real PortAudio, real ALSA, real faults, real time."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge_agent.audio.process.parent import AudioProcess
from edge_agent.config import Config
from edge_agent.config.model import AudioSettings
from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e

from .sound import rms, tone
from .virtual_card import VirtualCard, eventually

pytestmark = pytest.mark.realtime
pytest.importorskip("pyaudio")

AUDIO = AudioSettings(microphone="vmic", speaker="vspk", echo="off", cues=False)
Found = Callable[[Any], bool]


class Bench:
    """An audio process, with all that it says."""

    def __init__(self, card: Any, **audio: Any) -> None:
        self.card = card
        self.events: list[e.Event] = []
        self._news = asyncio.Event()
        config = replace(Config(), audio=replace(AUDIO, **audio))
        self.process = AudioProcess(config, self._take)
        self.process.start()

    def _take(self, event: e.Event) -> None:
        self.events.append(event)
        self._news.set()

    async def until(self, kind: type[e.Event], *, after: int = 0, limit_s: float = 10) -> Any:
        """The first event of this kind behind the first `after` events."""
        async with asyncio.timeout(limit_s):
            while True:
                for event in self.events[after:]:
                    if isinstance(event, kind):
                        return event
                self._news.clear()
                await self._news.wait()

    def of(self, kind: type[e.Event]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]


@pytest.fixture
async def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Callable[..., Bench]]:
    benches: list[Bench] = []

    def make(*, audio: dict[str, Any] | None = None, **card: Any) -> Bench:
        virtual = VirtualCard(tmp_path, **card)
        virtual.install(monkeypatch)
        benches.append(Bench(virtual, **(audio or {})))
        return benches[-1]

    yield make
    for made in benches:
        made.process.stop()


def hundreds(pcm: bytes, rate_hz: int) -> list[float]:
    """The loudest frequency of each 100 ms that sounds to its end."""
    size = rate_hz // 10
    samples = np.frombuffer(pcm, np.int16).astype(float)
    found = []
    for at in range(0, len(samples) - size, size):
        piece = samples[at : at + size]
        if min(np.abs(piece[: size // 10]).max(), np.abs(piece[-size // 10 :]).max()) > 1000:
            found.append(float(np.argmax(np.abs(np.fft.rfft(piece)))) * 10)
    return found


RATES = [(16_000, 1, 48_000, 2), (48_000, 2, 44_100, 1), (44_100, 6, 16_000, 2), (32_000, 1, 24_000, 1)]


@pytest.mark.parametrize(("mic_hz", "mic_channels", "speaker_hz", "speaker_channels"), RATES)
async def test_sound_goes_in_and_out_at_any_rate(
    bench: Callable[..., Bench], mic_hz: int, mic_channels: int, speaker_hz: int, speaker_channels: int
) -> None:
    it = bench(
        mic_hz=mic_hz, mic_channels=mic_channels, speaker_hz=speaker_hz, speaker_channels=speaker_channels
    )
    started = await it.until(e.AudioStarted)
    assert f"vmic, {mic_hz} Hz" in started.device
    assert f"vspk, {speaker_hz} Hz" in started.device
    it.process.send(c.OpenUplink("closed"))
    await it.until(e.UplinkOpened)
    it.card.say(tone(mic_hz, 1000, 440))
    it.process.send(c.Play("item", tone(24_000, 600, 880)))
    it.process.send(c.FinishPlayback())
    await it.until(e.PlaybackDrained)
    while len(b"".join(event.pcm for event in it.of(e.MicAudioRecorded))) < 48_000:
        await it.until(e.MicAudioRecorded, after=len(it.events))
    it.process.send(c.CloseUplink())
    await it.until(e.UplinkClosed)
    recorded = b"".join(event.pcm for event in it.of(e.MicAudioRecorded))
    assert set(hundreds(recorded, 24_000)) <= {430, 440, 450}
    played = hundreds(it.card.played(), speaker_hz)
    assert 4 <= len(played) <= 6
    assert set(played) <= {870, 880, 890}


async def test_the_chosen_channel_is_heard(bench: Callable[..., Bench]) -> None:
    it = bench(mic_channels=4, audio={"mic_channels": 4, "mic_channel": 2})
    await it.until(e.AudioStarted)
    it.process.send(c.OpenUplink("closed"))
    await it.until(e.UplinkOpened)
    it.card.say(tone(16_000, 1000))
    while rms((await it.until(e.MicAudioRecorded, after=len(it.events))).pcm) < 1000:
        pass


FAULTS = [
    ("microphone", "unplug"),
    ("speaker", "unplug"),
    ("microphone", "stall"),
    ("speaker", "stall"),
    ("microphone", "crash"),
]


@pytest.mark.parametrize(("part", "word"), FAULTS)
async def test_gone_and_back(bench: Callable[..., Bench], part: str, word: str) -> None:
    it = bench()
    await it.until(e.AudioStarted)
    before = len(it.events)
    it.card.fault(part, word)
    lost = await it.until(e.AudioLost, after=before)
    assert lost.reason
    assert isinstance(it.events[before], e.PlaybackStopped)
    if word == "unplug":
        while lost.part != part:
            lost = await it.until(e.AudioLost, after=it.events.index(lost) + 1)
        assert any(words in lost.reason for words in ("not found", "was disconnected", "has stalled"))
    it.card.heal(part)
    await it.until(e.AudioStarted, after=it.events.index(lost))
    it.process.send(c.Play("item", tone(24_000, 200)))
    it.process.send(c.FinishPlayback())
    await it.until(e.PlaybackDrained)


@pytest.mark.parametrize(("part", "word"), FAULTS)
async def test_what_was_heard_survives(bench: Callable[..., Bench], part: str, word: str) -> None:
    """To the frame that was handed over, less what the speaker still held."""
    it = bench()
    await it.until(e.AudioStarted)
    it.process.send(c.Play("item", tone(24_000, 5000)))
    await it.until(e.PlaybackStarted)
    await eventually(lambda: len(it.card.played()) > 48_000 * 2 and rms(it.card.played()[-9600:]) > 1000)
    it.card.fault(part, word)
    (heard,) = (await it.until(e.PlaybackStopped)).heard
    samples = np.frombuffer(it.card.played(), np.int16)
    handed_ms = (len(samples) - int(np.argmax(np.abs(samples) > 100))) / 48
    assert handed_ms - 200 <= heard.heard_ms <= handed_ms
    it.card.heal(part)


async def test_missing_from_the_start(bench: Callable[..., Bench], tmp_path: Path) -> None:
    (tmp_path / "mic.ctl").write_text("unplug")
    it = bench()
    lost = await it.until(e.AudioLost)
    assert lost.part == "microphone"
    it.card.heal("microphone")
    await it.until(e.AudioStarted)


async def test_a_name_that_is_not_there(bench: Callable[..., Bench]) -> None:
    it = bench(audio={"microphone": "vmik"})
    lost = await it.until(e.AudioLost)
    assert lost == e.AudioLost("microphone", "microphone 'vmik' not found; found 'vmic'")
    it = bench(audio={"speaker": "vmic"})
    assert (await it.until(e.AudioLost)).reason == "'vmic' exists, but is not a speaker"


async def test_a_rate_that_is_refused(bench: Callable[..., Bench]) -> None:
    it = bench(audio={"mic_rate_hz": 44_100, "mic_channels": 8}, mic_hz=48_000)
    await it.until(e.AudioStarted)
    assert [note.text for note in it.of(e.AudioNoted)] == [
        "microphone 'vmic' refuses 44100 Hz; using 48000 Hz",
        "microphone 'vmic' refuses 8 channels; using 1",
    ]


async def test_nothing_but_zeros(bench: Callable[..., Bench]) -> None:
    it = bench()
    await it.until(e.AudioStarted)
    it.card.fault("microphone", "dead")
    lost = await it.until(e.AudioLost)
    assert lost.part == "microphone"
    assert "zeros" in lost.reason
    it.card.heal("microphone")
    await it.until(e.AudioStarted, after=it.events.index(lost))


async def test_a_missing_microphone_is_told_through_the_speaker(bench: Callable[..., Bench]) -> None:
    it = bench(audio={"cues": True})
    await it.until(e.AudioStarted)
    it.card.fault("microphone", "unplug")
    await eventually(lambda: rms(it.card.played()[-48_000:]) > 300)
    it.card.heal("microphone")
    await it.until(e.AudioStarted, after=len(it.events))


async def test_an_xrun_does_no_harm(bench: Callable[..., Bench]) -> None:
    it = bench()
    await it.until(e.AudioStarted)
    for part in ("microphone", "speaker"):
        it.card.fault(part, "xrun")
        await eventually(partial(it.card.is_healthy, part))
    it.process.send(c.Play("item", tone(24_000, 300)))
    it.process.send(c.FinishPlayback())
    await it.until(e.PlaybackDrained)
    assert not it.of(e.AudioLost)


async def test_killed_from_outside(bench: Callable[..., Bench]) -> None:
    it = bench()
    await it.until(e.AudioStarted)
    assert it.process.pid
    os.kill(it.process.pid, signal.SIGKILL)
    lost = await it.until(e.AudioLost)
    assert lost == e.AudioLost("sound", "the audio process crashed (SIGKILL)")
    await it.until(e.AudioStarted, after=it.events.index(lost))


async def test_a_busy_parent_does_not_disturb_the_sound(bench: Callable[..., Bench]) -> None:
    it = bench()
    await it.until(e.AudioStarted)
    it.process.send(c.Play("item", tone(24_000, 3000)))
    it.process.send(c.FinishPlayback())
    await it.until(e.PlaybackStarted)
    for _ in range(8):
        signal.sigtimedwait([], 0.3)  # holds up this thread, and so the loop
        await asyncio.sleep(0)
    await it.until(e.PlaybackDrained)
    assert it.process.counters.underruns == 0
    assert not it.of(e.AudioLost)


async def test_it_ends_with_its_parent(bench: Callable[..., Bench]) -> None:
    it = bench()
    await it.until(e.AudioStarted)
    pid = it.process.pid
    it.process.stop()
    assert pid
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    it.process.stop()
