"""What a microphone delivers that is as good as dead, and what only a quiet room is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import monotonic

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_agent.audio.dead_microphone import (
    CONSTANT,
    FULL_SCALE,
    LAST_BIT,
    WINDOW_MS,
    ZEROS,
    DeadMicrophone,
    sentence,
)
from edge_agent.audio.process.probe import record, silence
from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e

from .audio_bench import AUDIO, Bench
from .sound import rms, tone

RATE_HZ, SECONDS = 16_000, 3
COUNT = RATE_HZ * SECONDS
DICE = np.random.default_rng(15)
Samples = NDArray[np.int16]


def whole(samples: NDArray[np.float64]) -> Samples:
    return np.clip(np.rint(samples), -32_768, 32_767).astype(np.int16)


def dithered(zeros: int) -> Samples:
    """To 16 bits, as PortAudio does with what has 32: two dice."""
    return whole(zeros + DICE.uniform(-0.5, 0.5, COUNT) + DICE.uniform(-0.5, 0.5, COUNT))


def with_bursts(quiet: Samples, every_ms: int, lasting_ms: int) -> Samples:
    loud = quiet.copy()
    for at in range(0, len(loud), every_ms * RATE_HZ // 1000):
        end = at + lasting_ms * RATE_HZ // 1000
        loud[at:end] = DICE.integers(-20_000, 20_000, len(loud[at:end]))
    return loud


def speech_gated() -> Samples:
    """A speakerphone that delivers zeros between words: here somebody talks half of the time."""
    return with_bursts(np.zeros(COUNT, np.int16), 600, 300)


SQUARE = np.where(np.arange(COUNT) // 80 % 2, 32_767, -32_768).astype(np.int16)
DEAD = {
    "zeros": (np.zeros(COUNT, np.int16), ZEROS),
    "one": (np.ones(COUNT, np.int16), CONSTANT),
    "direct current": (np.full(COUNT, 9000, np.int16), CONSTANT),
    "dithered zeros": (dithered(0), LAST_BIT),
    "dithered, not centred": (whole(DICE.uniform(-1.5, 0.5, COUNT)), LAST_BIT),
    "two units": (DICE.integers(-2, 3, COUNT).astype(np.int16), LAST_BIT),
    "two units on a direct current": (DICE.integers(298, 303, COUNT).astype(np.int16), LAST_BIT),
    "high": (np.full(COUNT, 32_767, np.int16), CONSTANT),
    "low": (np.full(COUNT, -32_768, np.int16), CONSTANT),
    "both rails in turns": (SQUARE, FULL_SCALE),
    "both rails by chance": (DICE.choice(np.array([-32_768, 32_767], np.int16), COUNT), FULL_SCALE),
    "a line that nobody drives": (DICE.integers(-32_768, 32_767, COUNT).astype(np.int16), FULL_SCALE),
    "rare crackles": (with_bursts(np.zeros(COUNT, np.int16), 900, 40), ZEROS),
    "one sample a second": (with_bursts(np.zeros(COUNT, np.int16), 1000, 1), ZEROS),
    "crackles in dithered zeros": (with_bursts(dithered(0), 500, 20), LAST_BIT),
}
ALIVE = {
    "the quietest room": whole(DICE.normal(0, 1.5, COUNT)),
    "a quiet room with an offset": whole(DICE.normal(300, 2, COUNT)),
    "a room": whole(DICE.normal(0, 30, COUNT)),
    "somebody talks": speech_gated(),
    "a loud tone": np.frombuffer(tone(RATE_HZ, SECONDS * 1000, 440), np.int16),
    "loud music": whole(DICE.normal(0, 9000, COUNT)),
}


def heard(samples: Samples, channel: int | None = None, channels: int = 1) -> DeadMicrophone:
    """The health of a microphone after so much; the other channels have noise."""
    health = DeadMicrophone(channel)
    frames = whole(DICE.normal(0, 50, (len(samples), channels)))
    frames[:, channel or 0] = samples
    for at in range(0, len(frames), RATE_HZ // 50):
        health.hear(frames[at : at + RATE_HZ // 50].tobytes(), channels)
    return health


@pytest.mark.parametrize("name", DEAD)
def test_as_good_as_dead_is_dead(name: str) -> None:
    samples, complaint = DEAD[name]
    health = heard(samples)
    assert health.is_dead
    assert health.complaint == complaint
    assert health.living_channels == []


@pytest.mark.parametrize("name", ALIVE)
def test_a_quiet_room_is_not(name: str) -> None:
    assert not heard(ALIVE[name]).is_dead


def test_it_is_told_within_3_s_and_not_before() -> None:
    health = heard(np.zeros(RATE_HZ * 2, np.int16))
    assert not health.is_dead
    assert heard(np.zeros(RATE_HZ * WINDOW_MS // 1000, np.int16)).is_dead


def test_the_channel_that_hears_something_is_found() -> None:
    assert heard(DEAD["dithered zeros"][0], channel=0, channels=3).living_channels == [1, 2]
    assert heard(DEAD["zeros"][0], channel=1, channels=2).living_channels == [0]
    assert not heard(DEAD["zeros"][0], None, 2).is_dead  # the mean of all lives


def test_what_it_was_before_does_not_matter() -> None:
    health = heard(DEAD["both rails in turns"][0], channel=0, channels=2)
    for samples in (ALIVE["a room"], DEAD["zeros"][0]):
        for at in range(0, COUNT, 320):
            health.hear(np.repeat(samples[at : at + 320], 2).tobytes(), 2)
    assert (health.complaint, health.living_channels) == (ZEROS, [])


def test_each_time_that_it_was_dead_it_has_longer_until_it_is_alive() -> None:
    health = heard(np.zeros(COUNT, np.int16))
    health.again()
    assert health.was_dead
    zeros, room = bytes(640), ALIVE["a room"].tobytes()
    for _ in range(150):
        health.hear(zeros, 1)
    assert not health.is_dead
    for frame in range(4):
        health.hear(room[frame * 640 : frame * 640 + 640], 1)
    assert not health.is_alive
    health.hear(room[:640], 1)
    assert health.is_alive
    health.recovered()
    assert not health.was_dead
    assert not health.is_dead
    health.again()
    health.recovered()  # it was well
    assert not health.was_dead


def test_what_is_said() -> None:
    assert sentence(ZEROS, None, []) == (
        "the microphone delivers only zeros; check the mute switch and the cable"
    )
    assert sentence(LAST_BIT, 0, [1]) == (
        "the microphone delivers only zeros and the last bit on channel 0, but channel 1 hears something;"
        " set audio.mic_channel to 1"
    )
    assert "but channels 2 and 3 hear something; set audio.mic_channel to 2" in sentence(ZEROS, 0, [2, 3])


@pytest.mark.realtime
@pytest.mark.parametrize("name", ["dithered zeros", "both rails in turns", "rare crackles"])
async def test_a_dead_microphone_is_told_within_3_s(bench: Callable[..., Bench], name: str) -> None:
    it = bench(noise=0, loop=True, started=False)
    it.card.say(DEAD[name][0].tobytes())
    it.process.start()
    await it.until(e.AudioStarted)
    began = monotonic()
    lost = await it.until(e.AudioLost)
    assert lost.part == "microphone"
    assert DEAD[name][1] in lost.reason
    assert monotonic() - began < 3


@pytest.mark.realtime
async def test_a_quiet_room_is_heard(bench: Callable[..., Bench]) -> None:
    it = bench(noise=4)
    await it.until(e.AudioStarted)
    await asyncio.wait({asyncio.ensure_future(it.until(e.AudioLost))}, timeout=4)
    assert not it.of(e.AudioLost)


@pytest.mark.realtime
@pytest.mark.parametrize("audio", [{}, {"mic_channels": 1}, {"mic_channel": 0}, {"mic_channel": 2}])
async def test_a_signal_on_another_channel_is_found(
    bench: Callable[..., Bench],
    audio: dict[str, int],
) -> None:
    it = bench(noise=0, mic_channels=4, mic_least=1, loop=True, audio=audio, started=False)
    it.card.say(ALIVE["a room"].tobytes(), channel=1)
    it.process.start()
    await it.until(e.AudioStarted)
    began = monotonic()
    lost = await it.until(e.AudioLost)
    assert lost.reason == (
        f"the microphone delivers only zeros on channel {audio.get('mic_channel', 0)},"
        " but channel 1 hears something; set audio.mic_channel to 1"
    )
    assert monotonic() - began < 3


@pytest.mark.realtime
async def test_the_doctor_finds_the_channel(bench: Callable[..., Bench]) -> None:
    it = bench(noise=0, mic_channels=2, mic_least=1, loop=True, started=False)
    it.card.say(ALIVE["a room"].tobytes(), channel=1)
    take = await record(AUDIO, silence(2000), speaks=False)
    assert take.dead.endswith("but channel 1 hears something; set audio.mic_channel to 1")


@pytest.mark.realtime
@pytest.mark.parametrize("audio", [{"mic_channel": 3}, {"mic_channel": 3, "mic_channels": 2}])
async def test_as_many_channels_are_opened_as_are_needed(
    bench: Callable[..., Bench], audio: dict[str, int]
) -> None:
    it = bench(mic_channels=4, mic_least=1, loop=True, audio=audio, started=False)
    it.card.say(np.frombuffer(tone(RATE_HZ, 1000, 440), np.int16).tobytes(), channel=3)
    it.process.start()
    started = await it.until(e.AudioStarted)
    assert "vmic, 16000 Hz, 4 ch" in started.device
    it.process.send(c.OpenUplink("closed"))
    while rms((await it.until(e.MicAudioRecorded, after=len(it.events))).pcm) < 1000:
        pass
    notes = [note.text for note in it.of(e.AudioNoted)]
    assert notes == ["4 channels of 'vmic' are open: audio.mic_channel needs them"] * (
        "mic_channels" in audio
    )


@pytest.mark.realtime
@pytest.mark.parametrize(
    ("channels", "audio", "reason"),
    [
        (
            2,
            {"mic_channel": 5, "mic_channels": 2},
            "'vmic' has 2 channels, so there is no channel 5; set audio.mic_channel to 0 or 1",
        ),
        (
            1,
            {"mic_channel": 1},
            "'vmic' has one channel, so there is no channel 1; set audio.mic_channel to 0",
        ),
    ],
)
async def test_a_channel_that_the_card_has_not(
    bench: Callable[..., Bench], channels: int, audio: dict[str, int], reason: str
) -> None:
    it = bench(mic_channels=channels, audio=audio)
    assert await it.until(e.AudioLost) == e.AudioLost("microphone", reason)
