"""The audio process on a virtual card: real PortAudio, real ALSA, real faults, real time."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge_agent.audio import sounds
from edge_agent.audio.cards.errors import SoundFailed
from edge_agent.audio.process import parent
from edge_agent.audio.process.probe import record, silence
from edge_agent.audio.volume import gain
from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e

from .audio_bench import AUDIO, Bench
from .sound import rms, tone
from .virtual_card import eventually

pytestmark = pytest.mark.realtime
pytest.importorskip("pyaudio")

Found = Callable[[Any], bool]


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


async def test_nothing_but_one_value(bench: Callable[..., Bench]) -> None:
    """A converter with a direct current, and no microphone at it."""
    it = bench(noise=0, loop=True, started=False)
    it.card.say(np.full(16_000, 300, np.int16).tobytes())
    it.process.start()
    await it.until(e.AudioStarted)
    lost = await it.until(e.AudioLost)
    assert "constant value" in lost.reason


async def test_a_missing_microphone_is_told_through_the_speaker(bench: Callable[..., Bench]) -> None:
    it = bench(audio={"cues": True})
    await it.until(e.AudioStarted)
    it.card.fault("microphone", "unplug")
    await eventually(lambda: rms(it.card.played()[-48_000:]) > 300)
    it.card.heal("microphone")
    await it.until(e.AudioStarted, after=len(it.events))


@pytest.mark.parametrize("crash", [False, True])
async def test_the_message_of_a_missing_microphone_is_at_the_volume_of_now(
    bench: Callable[..., Bench], tmp_path: Path, crash: bool
) -> None:
    """No device was ever open to be told: the volume is not the configuration's."""
    (tmp_path / "mic.ctl").write_text("unplug")
    it = bench(audio={"cues": True})
    it.process.send(c.SetVolume(10))
    lost = await it.until(e.AudioLost)
    if crash:
        assert it.process.pid
        os.kill(it.process.pid, signal.SIGKILL)
        await it.until(e.AudioLost, after=it.events.index(lost) + 1)
    await eventually(lambda: rms(it.card.played()) > 0)
    before = len(it.card.played())
    await eventually(lambda: len(it.card.played()) > before + 48_000 * 2)
    (loud,) = sounds.cues([c.Cue.MICROPHONE_MISSING]).values()
    played = np.frombuffer(it.card.played(), np.int16)
    assert 0 < np.abs(played).max() <= np.abs(np.frombuffer(loud, np.int16)).max() * gain(10) * 1.1 + 2


async def test_a_new_process_is_as_mute_as_the_one_before(bench: Callable[..., Bench]) -> None:
    it = bench()
    await it.until(e.AudioStarted)
    it.process.send(c.MuteMicrophone(True))
    assert it.process.pid
    os.kill(it.process.pid, signal.SIGKILL)
    lost = await it.until(e.AudioLost)
    await it.until(e.AudioStarted, after=it.events.index(lost))
    it.process.send(c.OpenUplink("closed"))
    it.process.send(c.StopPlayback())  # answered after what was before it
    await it.until(e.PlaybackStopped, after=len(it.events))
    assert not it.of(e.UplinkOpened)


async def heard_something(it: Bench) -> None:
    async with asyncio.timeout(5):
        while it.process.counters.played_ms < 100:  # noqa: ASYNC110 - as somebody would who looks
            await asyncio.sleep(0.005)


async def test_what_was_heard_of_an_item_with_a_strange_id_survives(bench: Callable[..., Bench]) -> None:
    it = bench()
    await it.until(e.AudioStarted)
    it.process.send(c.Play("a\nb \ud800" + "ü" * 200, tone(24_000, 5000)))
    started = await it.until(e.PlaybackStarted)
    await heard_something(it)
    assert it.process.pid
    os.kill(it.process.pid, signal.SIGKILL)
    stopped = await it.until(e.PlaybackStopped)
    assert [item.item_id for item in stopped.heard] == [started.item_id]
    await it.until(e.AudioStarted, after=it.events.index(stopped))


@pytest.fixture
def no_files() -> Iterator[Callable[[bool], None]]:
    """True: from now on this process can open no file."""
    usual = resource.getrlimit(resource.RLIMIT_NOFILE)

    def limit(on: bool) -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (0 if on else usual[0], usual[1]))

    yield limit
    limit(False)


async def test_it_is_tried_again_where_it_cannot_be_started(
    bench: Callable[..., Bench], no_files: Callable[[bool], None]
) -> None:
    it = bench(started=False)
    no_files(True)
    it.process.start()
    lost = await it.until(e.AudioLost)
    assert lost == e.AudioLost("sound", "the audio process cannot be started (Too many open files)")
    assert it.process.pid is None
    assert it.process.counters.frames == 0
    await it.until(e.AudioLost, after=1)
    no_files(False)
    await it.until(e.AudioStarted)


async def test_it_is_tried_again_where_it_cannot_be_started_again(
    bench: Callable[..., Bench], no_files: Callable[[bool], None]
) -> None:
    """And at once, if somebody wants that."""
    it = bench()
    await it.until(e.AudioStarted)
    no_files(True)
    assert it.process.pid
    os.kill(it.process.pid, signal.SIGKILL)
    while "cannot be started" not in (await it.until(e.AudioLost, after=len(it.events))).reason:
        pass
    no_files(False)
    before = len(it.events)
    it.process.restart()
    assert it.process.pid
    await it.until(e.AudioStarted, after=before)
    it.process.stop()
    it.process.restart()  # it is over
    assert it.process.pid is None


async def test_a_probe_that_cannot_be_started_says_so(no_files: Callable[[bool], None]) -> None:
    no_files(True)
    (failure,) = await asyncio.gather(record(AUDIO, silence(100)), return_exceptions=True)
    no_files(False)
    assert isinstance(failure, SoundFailed)
    assert failure.reason == (
        "no process can be started to try the sound (Too many open files); end other programs"
    )


async def test_stopped_while_it_cannot_be_started(
    bench: Callable[..., Bench], no_files: Callable[[bool], None]
) -> None:
    it = bench(started=False)
    no_files(True)
    it.process.start()
    await it.until(e.AudioLost)
    it.process.stop()
    no_files(False)
    it.process.restart()
    assert it.process.pid is None


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


async def test_one_that_does_not_end_is_not_waited_for(
    bench: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a call of a driver, not even SIGKILL ends it."""
    monkeypatch.setattr(parent, "KILL_S", 0.0)
    it = bench()
    await it.until(e.AudioStarted)
    it.process.restart()
    lost = await it.until(e.AudioLost)
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
