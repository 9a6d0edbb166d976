"""Beside its own loudspeaker: whole conversations in audio time, the microphone hearing what the speaker plays."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from edge_agent.audio.cards.simulated import EchoPath
from edge_agent.audio.sounds import spoken_answers, spoken_lines
from edge_agent.config import Config
from edge_agent.config.model import Echo
from edge_agent.simulator.answers import Script, Speech
from edge_agent.simulator.speech import recognise
from edge_agent.telemetry import facts as f
from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e

from .sound import noise, rms, tone
from .world import LINES, World

SPEECH = b"".join(clip.pcm for clip in spoken_answers()) * 2
ROOM_NOISE = noise(16_000, 4000, 0.0005)


def beside(gain: float, delay_ms: int, *, echo: Echo = "linear", answer_s: int = 12, **turns: Any) -> World:
    """A device that speaks so long, and hears itself."""
    if echo == "aec3":
        pytest.importorskip("pywebrtc_audio")
    config = Config()
    config = replace(config, audio=replace(config.audio, echo=echo))
    path = EchoPath(gain, delay_ms, 24_000) if gain else None
    answer = Speech("words", SPEECH[: 48_000 * answer_s])
    world = World(config, echo=path, answers=Script([answer]), **{"mode": "hands-free", **turns})
    listen(world, 1000)
    return world


def listen(world: World, ms: int, done: Any = lambda: False) -> None:
    """The room's own noise, for so long or until something is so."""
    for at in range(ms // 20):
        if done():
            return
        world.frame(ROOM_NOISE[at * 640 % 128_000 :][:640])


def say(world: World, pcm: bytes) -> None:
    samples = np.frombuffer(pcm, np.int16).astype(int)
    samples += np.resize(np.frombuffer(ROOM_NOISE, np.int16), len(samples))
    world.say(np.clip(samples, -32768, 32767).astype(np.int16).tobytes())


def ask(world: World) -> None:
    say(world, LINES[0])
    listen(world, 5000, lambda: world.turn == "speaking")
    assert world.turn == "speaking"


def judged(world: World) -> list[bool]:
    return [event.full_duplex for event in world.events if isinstance(event, e.EchoJudged)]


@pytest.mark.realtime  # not that, but long
def test_a_minute_beside_its_own_speaker() -> None:
    world = beside(0.3, 80, answer_s=60)
    ask(world)
    listen(world, 61_000, lambda: world.turn != "speaking")
    assert world.conversation.turns == 1
    played = world.fact(f.AnswerHeard).audio_ms - world.fact(e.PlaybackStarted).audio_ms
    assert played > 59_900
    assert world.sent_of(c.TruncateItem) == []
    assert judged(world) == [True]
    assert world.engine.full_duplex
    assert world.engine.erle_db > 15


@pytest.mark.parametrize("echo", ["linear", "aec3"])
@pytest.mark.parametrize("into_ms", [3000, 7500])
def test_and_a_person_can_break_in(into_ms: int, echo: Echo) -> None:
    world = beside(0.3, 80, echo=echo)
    ask(world)
    listen(world, into_ms)
    began = world.engine.audio_ms
    say(world, LINES[2])
    assert world.fact(e.PlaybackStopped).audio_ms - began < 700
    (cut,) = world.sent_of(c.TruncateItem)
    assert into_ms <= cut.audio_end_ms + 300
    listen(world, 5000, lambda: world.turn == "speaking")
    assert world.conversation.turns == 2
    assert world.refusals == []


def test_a_speaker_seven_hundred_ms_late_does_not_answer_itself() -> None:
    world = beside(0.3, 740)
    ask(world)
    listen(world, 16_000)
    assert world.conversation.turns == 1
    assert any(
        "later than the system says" in event.text
        for event in world.events
        if isinstance(event, e.AudioNoted)
    )


def test_the_first_words_of_the_first_answer_are_not_interrupted_either() -> None:
    world = beside(1.0, 200)
    ask(world)
    listen(world, 5000)
    assert world.conversation.turns == 1


def test_where_nothing_cancels_it_goes_to_half_duplex_by_itself() -> None:
    world = beside(0.5, 60, echo="off", answer_s=8)
    ask(world)
    listen(world, 4000)
    assert world.conversation.turns == 1
    assert judged(world) == [False]
    say(world, LINES[2])  # nobody can break in
    assert world.conversation.turns == 1
    listen(world, 60_000, lambda: world.turn == "idle")
    ask(world)  # and what is said afterwards is heard
    assert world.conversation.turns == 2


def test_it_returns_when_the_echo_is_gone() -> None:
    world = beside(0.5, 60, echo="off")
    ask(world)
    listen(world, 4000)
    assert judged(world) == [False]
    world.move(EchoPath(0.0, 60, 24_000))  # headphones
    listen(world, 3000)
    assert judged(world) == [False, True]
    say(world, LINES[2])
    assert world.conversation.turns == 2


def test_headphones_that_are_pulled_out_are_missed_soon() -> None:
    world = beside(0.001, 60, echo="off", answer_s=4)
    ask(world)
    listen(world, 5000, lambda: world.turn == "idle")
    assert judged(world) == [True]
    world.move(EchoPath(0.5, 60, 24_000))
    say(world, LINES[0])
    listen(world, 15_000)
    assert judged(world) == [True, False]
    stopped = [event for event in world.events if isinstance(event, e.PlaybackStopped)]
    assert len(stopped) <= 2  # it interrupted itself, and learned from that
    assert world.turn == "idle"


def test_cues_do_not_leak_into_an_utterance() -> None:
    world = beside(0.3, 80, mode="button")
    ask_by_button(world)
    listen(world, 4000)
    world.press()  # breaks in, with a cue
    listen(world, 600)
    leaked = b"".join(command.pcm for command in world.sent_of(c.AppendAudio)[-3:])
    assert rms(leaked) < 100
    assert rms(bytes(world.heard[-48 * 600 :])) > 500


def ask_by_button(world: World) -> None:
    world.press()
    say(world, LINES[0])
    world.release()
    listen(world, 5000, lambda: world.turn == "speaking")


def test_what_is_said_over_an_answer_arrives_in_words() -> None:
    world = beside(0.3, 80, end="local")
    ask(world)
    listen(world, 4000)
    say(world, LINES[1])
    listen(world, 2000)
    assert recognise(world.appended) in {line.text for line in spoken_lines()}


def test_an_early_sign_lowers_the_speaker_until_nothing_has_come_of_it() -> None:
    steady = Speech("one tone", tone(24_000, 8000))
    world = World(mode="hands-free", answers=Script([steady]))
    listen(world, 1000)
    ask(world)
    listen(world, 3000)
    began = len(world.heard)
    say(world, LINES[0][32 * 300 : 32 * 360])  # too short for the gate
    listen(world, 1000)
    assert world.turn == "speaking"
    levels = [rms(bytes(world.heard[at : at + 960])) for at in range(began, len(world.heard) - 960, 960)]
    lowered = [level < 0.2 * levels[0] for level in levels]
    assert 15 <= lowered.index(False, lowered.index(True)) - lowered.index(True) <= 25
    assert levels[-1] == pytest.approx(levels[0], rel=0.01)


def test_a_press_over_the_answer_records_neither_the_answer_nor_the_cue() -> None:
    world = beside(0.3, 80, mode="button")
    for _ in range(2):  # the second time nothing was cancelled until the press
        world.press()
        say(world, LINES[0])
        world.release()
        listen(world, 5000, lambda: world.turn == "speaking")
        listen(world, 4000)
        sent = len(world.sent)
        world.press()
        listen(world, 1000)
        recorded = b"".join(cmd.pcm for cmd in world.sent[sent:] if isinstance(cmd, c.AppendAudio))
        assert len(recorded) > 48 * 1200  # with its pre-roll
        assert rms(recorded) < 3 * rms(ROOM_NOISE)
        world.release()
        listen(world, 2000)
