"""A whole device that is called by its wake word: nothing leaves it before, and nothing that follows is lost."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pytest

from edge_agent.audio.cards.simulated import EchoPath
from edge_agent.audio.sounds import spoken_lines
from edge_agent.config import Config
from edge_agent.config.model import AudioSettings, GateSettings
from edge_agent.config.wake_words import WakeWord
from edge_agent.simulator.answers import Script, Speech
from edge_agent.simulator.speech import Parrot
from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e

from .world import CALL, LINES, World

pytest.importorskip("pymicro_wakeword")
ANSWER = spoken_lines()[0].pcm
JARVIS = WakeWord("hey_jarvis")


def world(*words: WakeWord, mode: str = "wake-word", **turns: Any) -> World:
    config = Config(wake=words or (JARVIS,))
    return World(config, online=mode != "wake-word", mode=mode, **turns)


def heard(world: World, kind: type[Any]) -> list[Any]:
    return [event for event in world.events if isinstance(event, kind)]


def test_nothing_leaves_until_it_is_called() -> None:
    device = world()
    device.wait(1000)
    device.say(LINES[0])
    device.say(LINES[1])
    device.wait(1000)
    assert device.sessions == []
    assert device.appended == b""
    assert device.conversation.state.mode.value == "idle"


@pytest.mark.parametrize("line", [0, 1, 2])
def test_what_follows_without_a_pause_is_all_in_the_question(line: int) -> None:
    device = world()
    device.wait(1000)
    device.say(CALL + LINES[line])
    device.until(lambda: device.turn == "thinking")
    sent_s = len(device.appended) / 48_000
    # a breath follows the last word, and need not be sent
    spoken = np.flatnonzero(np.abs(np.frombuffer(LINES[line], np.int16)) > 1000)
    spoken_s, said_s = (int(spoken[-1]) + 1) / 16_000, len(LINES[line]) / 32_000
    assert spoken_s <= sent_s <= said_s + 0.3 + 0.64  # of the word's end, and the hang-over
    device.until(lambda: device.turn == "speaking")
    assert [event.word for event in heard(device, e.WakeWordHeard)] == ["hey_jarvis"]


def test_the_word_is_sent_too_if_that_is_wanted() -> None:
    device = world(send_wake_word=True)
    device.wait(1000)
    device.say(CALL + LINES[0])
    device.until(lambda: device.turn == "thinking")
    assert len(device.appended) / 48_000 >= len(CALL + LINES[0]) / 32_000


def test_a_pause_after_the_word_is_not_the_end_of_the_question() -> None:
    device = world()
    device.wait(1000)
    device.say(CALL)
    device.wait(1500)
    assert device.turn == "listening"
    device.say(LINES[1])
    device.until(lambda: device.turn == "speaking")
    assert len(device.sent_of(c.CommitInput)) == 1


def test_who_only_paused_would_not_be_heard_so_it_waits_longer_than_hands_free() -> None:
    def silence_ms(*, wake: bool, hangover: Literal["adaptive", "fixed"] = "adaptive") -> int:
        config = Config(wake=(JARVIS,) if wake else (), gate=GateSettings(hangover=hangover))
        device = World(config, mode="button" if wake else "hands-free", button="tap")
        device.wait(1000)
        device.say((CALL if wake else b"") + LINES[0])
        begun = device.now
        device.until(lambda: device.turn == "thinking")
        return round((device.now - begun) * 1000)

    called = silence_ms(wake=True)
    assert silence_ms(wake=False) + 40 <= called <= silence_ms(wake=True, hangover="fixed") - 40


def test_the_visit_goes_on_without_the_word_and_ends_with_silence() -> None:
    device = world(follow_up_s=4.0)
    device.wait(1000)
    device.say(CALL + LINES[0])
    device.until(lambda: device.turn == "speaking")
    device.until(lambda: device.turn == "idle")
    device.wait(1000)
    device.say(LINES[2])
    device.until(lambda: device.turn == "speaking")
    device.until(lambda: device.turn == "idle")
    assert device.session is not None
    device.wait(6000)
    assert device.session is None
    device.say(LINES[1])
    device.wait(3000)
    assert len(device.sessions) == 1
    assert len(device.sent_of(c.CommitInput)) == 2


def test_a_call_without_a_question_is_told_and_leaves_nothing() -> None:
    device = world()
    device.wait(1000)
    device.say(CALL)
    device.wait(12_000)
    assert device.turn == "idle"
    assert device.sent_of(c.CommitInput) == []
    device.wait(8000)
    assert device.session is None


def test_the_word_interrupts_an_answer() -> None:
    device = world()
    device.wait(1000)
    device.say(CALL + LINES[0])
    device.until(lambda: device.turn == "speaking")
    device.wait(200)
    device.say(LINES[0])  # a voice alone does not
    assert device.turn == "speaking"
    device.say(CALL + LINES[2])
    assert heard(device, e.PlaybackStopped)
    device.until(lambda: device.turn == "speaking")
    assert len(device.sent_of(c.CommitInput)) == 2


@pytest.mark.parametrize("state", ["idle", "thinking", "speaking", "listening"])
def test_muted_it_does_not_hear_even_the_word(state: str) -> None:
    device = world()
    device.wait(1000)
    if state != "idle":
        device.say(CALL + LINES[0])
        device.until(lambda: device.turn == state)
    calls, sessions = len(heard(device, e.WakeWordHeard)), len(device.sessions)
    device.post(e.MuteSwitched(True))
    device.wait(500)
    device.say(CALL + LINES[1])
    device.wait(1000)
    assert len(heard(device, e.WakeWordHeard)) == calls
    assert len(device.sessions) == sessions
    assert device.turn == "idle"


SAYS_IT = {"half-duplex": 0.6, "linear": 0.6, "off": 0.6}  # how loud the microphone hears it


@pytest.mark.parametrize("echo", SAYS_IT)
def test_its_own_answer_with_the_word_in_it_is_not_a_call(echo: Any) -> None:
    device = World(
        Config(wake=(JARVIS,), audio=AudioSettings(echo=echo)),
        online=False,
        mode="wake-word",
        send_wake_word=True,
        answers=Parrot(),
        echo=EchoPath(SAYS_IT[echo], 60, 24_000),
    )
    device.wait(1000)
    device.say(CALL + LINES[0])
    device.until(lambda: device.turn == "speaking")
    device.until(lambda: device.turn == "idle")
    assert len(heard(device, e.WakeWordHeard)) == 1
    assert len(device.sent_of(c.CommitInput)) == 1


def test_half_duplex_hears_the_word_in_a_pause_of_the_answer() -> None:
    device = World(
        Config(wake=(JARVIS,), audio=AudioSettings(echo="half-duplex")),
        online=False,
        mode="wake-word",
        answers=Script([Speech("", ANSWER + bytes(48 * 2000) + ANSWER)]),
        echo=EchoPath(0.6, 60, 24_000),
    )
    device.wait(1000)
    device.say(CALL + LINES[0])
    device.until(lambda: device.turn == "speaking")
    device.wait(len(ANSWER) // 48 + 600)
    device.say(CALL)
    device.wait(300)
    assert len(heard(device, e.PlaybackStopped)) == 1
    assert len(heard(device, e.WakeWordHeard)) == 2


def test_a_stop_word_ends_the_answer_and_calls_nobody() -> None:
    device = world(JARVIS, WakeWord("alexa"), WakeWord("okay_nabu", does="stop"))
    device.wait(1000)
    device.say(CALL + LINES[0])
    device.until(lambda: device.turn == "speaking")
    device.post(e.StopWordHeard("okay_nabu", 0.9, 0))
    assert device.turn == "idle"
    assert heard(device, e.PlaybackStopped)
