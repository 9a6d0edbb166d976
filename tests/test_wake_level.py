"""From how soft a voice on a call is heard, and what is told of one that somebody was asked for."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest

from edge_agent.audio.convert import convert
from edge_agent.audio.levels import Samples
from edge_agent.audio.micro_wake_word import make_ear
from edge_agent.audio.sounds import spoken_call
from edge_agent.audio.wake_ear import ListenedFor, WakeEar
from edge_agent.config.model import AudioSettings
from edge_agent.config.wake_words import WakeWord
from edge_agent.doctor import wake_level, wake_word
from edge_agent.doctor.acoustics import samples_of
from edge_agent.doctor.wake_level import AskedCall
from edge_agent.vocabulary.sound import MIC_RATE_HZ, SERVICE_RATE_HZ, MicPcm

from .virtual_card import VirtualCard, eventually

CALL = convert(spoken_call().pcm, SERVICE_RATE_HZ, MIC_RATE_HZ)
TRIES = 3  # a machine that is too busy for the virtual card stalls it
OK = wake_level.room(-65.0, -60.0)


def noise(dbfs: float) -> Samples:
    return np.asarray(np.random.default_rng(1).standard_normal(MIC_RATE_HZ) * 10 ** (dbfs / 20))


def heard(
    score: float = 0.99, loudest_dbfs: float = -30.0, clipped: float = 0.0, *, is_call: bool = True
) -> AskedCall:
    return AskedCall("hey_jarvis", score, 0.97, is_call, loudest_dbfs, clipped)


def test_the_louder_the_room_the_louder_a_call_must_be() -> None:
    pytest.importorskip("pymicro_wakeword")
    ear = make_ear([WakeWord()])
    call = samples_of(CALL)
    quiet, loud, deafening = (
        wake_level.softest_dbfs(ear, call, noise(dbfs)) for dbfs in (-75.0, -45.0, -15.0)
    )
    assert deafening is None
    assert quiet is not None
    assert loud is not None
    assert quiet <= -60 < loud <= -30


class Deaf:
    def score(self, _: MicPcm) -> list[float]:
        return [0.0]

    def reset(self) -> None: ...


class HearsAll(Deaf):
    def score(self, _: MicPcm) -> list[float]:
        return [1.0]


def test_no_softer_call_is_tried_than_the_softest_of_the_levels() -> None:
    ear = WakeEar([ListenedFor("jarvis", 0.5)], HearsAll(), Deaf())
    assert wake_level.softest_dbfs(ear, samples_of(CALL), noise(-90)) == min(wake_level.LEVELS_DBFS)


def test_what_a_room_leaves_of_a_call() -> None:
    deaf = WakeEar([ListenedFor("jarvis", 0.5)], Deaf(), Deaf())
    assert wake_level.softest_dbfs(deaf, samples_of(CALL), noise(-70)) is None
    drowned = wake_level.room(None, -20.0)
    assert (drowned.status, drowned.seen) == (
        "warning",
        "in the noise of this room (-20 dBFS) not even a loud call is heard",
    )
    noisy = wake_level.room(-30.0, -38.0)
    assert noisy.status == "warning"
    assert noisy.seen.endswith("down to -30 dBFS (noise -38 dBFS); a voice across it has about -40")
    assert OK.status == "ok"
    assert OK.figures == {"softest_dbfs": -65.0, "floor_dbfs": -60.0}


@pytest.mark.parametrize(
    ("floor_dbfs", "said", "status", "do"),
    [
        (-60.0, heard(), "ok", ""),
        (-60.0, heard(loudest_dbfs=-56.0), "skipped", ""),
        (
            -60.0,
            heard(clipped=0.02),
            "warning",
            "lower the microphone's gain ('alsamixer', F6 its card, F4 Capture)",
        ),
        (-60.0, heard(score=0.4, is_call=False), "warning", 'set sensitivity = "high"'),
        (-60.0, heard(is_call=False), "warning", 'set sensitivity = "high"'),  # for too short a time
        (-80.0, heard(loudest_dbfs=-61.0), "warning", "raise the microphone's gain ('alsamixer'"),
        (-69.0, heard(loudest_dbfs=-61.0), "warning", "come closer, or find the source of the noise"),
    ],
)
def test_somebody_who_was_asked_to_call(floor_dbfs: float, said: AskedCall, status: str, do: str) -> None:
    check = wake_level.person(OK, -65.0, floor_dbfs, said)
    assert check.status == status
    assert do in check.do
    assert check.seen.startswith(OK.seen)


def test_how_loud_somebody_was() -> None:
    sound = np.concatenate((np.zeros(MIC_RATE_HZ), np.sign(np.sin(np.arange(MIC_RATE_HZ))) * 0.5))
    assert wake_level.asked("jarvis", 0.5, 0.6, False, sound).loudest_dbfs == pytest.approx(-6, abs=0.1)
    assert wake_level.asked("jarvis", 0.5, 0.6, False, sound).clipped == 0
    assert wake_level.asked("jarvis", 0.5, 0.6, False, 2 * sound).clipped == pytest.approx(1, abs=0.001)


@pytest.mark.realtime
async def test_the_doctor_asks_somebody_to_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pymicro_wakeword")
    pytest.importorskip("pyaudio")
    card = VirtualCard(tmp_path)
    card.install(monkeypatch)
    asked: list[str] = []
    calling: list[asyncio.Task[None]] = []

    async def call_once_it_listens() -> None:
        await eventually(card.is_heard)
        card.say(bytes(32_000) + CALL)

    def call(words: str) -> None:
        asked.append(words)
        card.forget_that_it_was_heard()
        calling.append(asyncio.ensure_future(call_once_it_listens()))

    settings = AudioSettings(microphone="vmic", speaker="vspk")
    for _attempt in range(TRIES):
        asked.clear()
        tried, called = [check async for check in wake_word.wake_checks([WakeWord()], settings, call, "")]
        if called.status != "failed":
            break
    assert asked == ["say 'hey jarvis' now, from where you will be (within 6 s)"]
    assert tried.name == "wake word"
    assert called.status == "ok", called
    assert called.figures["score"] > 0.97
    assert -30 < called.figures["loudest_dbfs"] < -10


@pytest.mark.realtime
async def test_a_microphone_that_is_not_there_hears_nobody_call() -> None:
    pytest.importorskip("pymicro_wakeword")
    pytest.importorskip("pyaudio")
    settings = AudioSettings(microphone="none-such")
    _, called = [check async for check in wake_word.wake_checks([WakeWord()], settings, None, "")]
    assert (called.name, called.status) == ("call", "failed")


async def test_without_a_microphone_nobody_is_asked() -> None:
    checks = [
        check async for check in wake_word.wake_checks([WakeWord()], AudioSettings(), None, "--no-sound")
    ]
    assert (checks[-1].name, checks[-1].status) == ("call", "skipped")
