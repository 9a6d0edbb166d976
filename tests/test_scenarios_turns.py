"""Whole conversations in audio time where link, service and people cross each other's words."""

from __future__ import annotations

from typing import Any

import pytest

from edge_agent.config.model import Config, Limits
from edge_agent.simulator.answers import Script, Speech
from edge_agent.simulator.reply import Pace
from edge_agent.telemetry import facts as f
from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e

from .sound import noise, tone
from .world import LINES, World

SPEECH = Speech("one two three four five six", tone(24_000, 3000, 300))
PAUSED = LINES[0] + LINES[1]
SHORT: dict[str, Any] = {
    "silence_duration_ms": 200,
    "eagerness": "high",
}  # shorter than the pause, which the gate lets pass


def answered(world: World) -> None:
    world.until(lambda: world.turn == "speaking", 8000)
    world.until(lambda: world.turn == "idle", 8000)
    assert "gave-up" not in [cue.name for cue in world.facts(f.CuePlayed)]
    assert world.refusals == []


def taken_in(world: World) -> int:
    """In how many utterances the service has what the user said."""
    return len([event for event in world.events if isinstance(event, e.InputCommitted)])


@pytest.mark.parametrize("end", ["local", "server", "semantic"])
@pytest.mark.parametrize("said", [LINES[0], PAUSED], ids=["short", "with a pause"])
def test_said_hands_free_without_a_link(end: str, said: bytes) -> None:
    world = World(mode="hands-free", end=end, online=False, answers=Script([SPEECH]), **SHORT)
    world.wait(500)
    world.say(said)
    world.wait(1500)
    world.connect()
    answered(world)
    assert taken_in(world) == 1
    assert len(world.appended) // 48 >= len(said) // 32
    world.wait(500)
    world.say(LINES[2])  # and the service listens again
    answered(world)
    assert len(world.sent_of(c.CommitInput)) == (2 if end == "local" else 1)


def test_where_nobody_speaks_the_service_does_until_the_visit_is_over() -> None:
    limits = Limits(visit_idle_s=20, idle_close_s=0)
    config = Config(limits=limits)
    world = World(
        config=config, mode="hands-free", end="server", idle_timeout_ms=6000, answers=Script([SPEECH])
    )
    world.wait(500)
    world.say(LINES[0])
    answered(world)
    over_ms = world.now * 1000 + 20_000
    for _ in range(2):
        world.until(lambda: world.turn == "thinking", 10_000)
        answered(world)
    assert [turn.outcome for turn in world.facts(f.TurnDone)] == ["answered"] * 3
    assert world.sent_of(c.CancelResponse) == []
    world.until(lambda: len(world.sessions) == 2, 10_000)
    assert world.now * 1000 < over_ms + 5000
    world.wait(20_000)
    assert len(world.facts(f.TurnDone)) == 3


@pytest.mark.parametrize("end", ["local", "server", "semantic"])
def test_the_link_drops_while_thinking(end: str) -> None:
    world = World(mode="hands-free", end=end, answers=Script([SPEECH]))
    world.wait(500)
    world.say(LINES[0])
    world.until(lambda: world.turn == "thinking", 2000)
    world.disconnect()
    world.wait(1000)
    world.connect()
    answered(world)


@pytest.mark.parametrize(
    "turns", [{}, {"mode": "hands-free"}, {"mode": "hands-free", "end": "server"}], ids=str
)
def test_said_twice_without_a_link(turns: dict[str, Any]) -> None:
    world = World(online=False, answers=Script([SPEECH]), **turns)
    world.wait(500)
    for line in LINES[:2]:
        if not turns:
            world.press()
        world.say(line)
        if not turns:
            world.release()
        world.wait(1200)
    world.connect()
    answered(world)
    assert taken_in(world) == 2
    assert len(world.appended) // 48 >= (len(LINES[0]) + len(LINES[1])) // 32
    assert len(world.sent_of(c.CreateResponse)) == 1


def test_the_link_drops_in_the_first_words_of_the_answer() -> None:
    world = World(faults=["drop@audio"], answers=Script([SPEECH]), pace=Pace(delta_ms=40))
    world.wait(400)
    world.press()
    world.say(LINES[0])
    world.release()
    world.until(lambda: world.session is None)
    world.wait(300)
    world.connect()
    answered(world)
    assert len(world.sent_of(c.CommitInput)) == 2


@pytest.mark.parametrize("end", ["server", "semantic"])
def test_after_a_button_too_the_service_ends_the_utterance(end: str) -> None:
    world = World(mode="hands-free", end=end, answers=Script([SPEECH]))
    world.wait(400)
    world.press()
    world.say(LINES[0])
    answered(world)
    assert world.sent_of(c.CommitInput) == []


def test_a_voice_that_a_loud_room_hides_from_the_gate_between_two_taps() -> None:
    world = World(button="tap", answers=Script([SPEECH]))
    world.wait(400)
    world.say(noise(16000, 1000, 0.1))
    world.press()
    world.say(noise(16000, 1500, 0.1))
    assert not [event for event in world.events if isinstance(event, e.SpeechStarted)]
    world.press()
    answered(world)


def test_an_item_heard_to_its_end_keeps_its_words() -> None:
    parts = [Speech("first", tone(24_000, 1000, 300)), Speech("second", tone(24_000, 9000, 500))]
    world = World(answers=Script(parts), pace=Pace(speed=1.5))
    world.wait(400)
    world.press()
    world.say(LINES[0])
    world.release()
    world.until(lambda: len(world.facts(e.PlaybackStarted)) == 2)
    world.wait(500)
    assert not world.facts(f.AnswerDone)
    world.post(e.InterruptRequested())
    world.wait(100)
    (truncated,) = world.sent_of(c.TruncateItem)
    assert truncated.item_id == world.fact(e.PlaybackStopped).heard[1].item_id


def test_every_turn_is_over_once() -> None:
    world = World(answers=Script([SPEECH]))
    world.wait(400)
    for line in LINES[:2]:
        world.press()
        world.say(line)
        world.release()
        world.until(lambda: world.turn == "speaking")
        world.wait(1000)
    world.until(lambda: world.turn == "idle")
    assert [done.number for done in world.facts(f.TurnDone)] == [1, 2]
    assert [it.turn_id for it in world.records if isinstance(it.fact, f.Interrupted)][-1] == 1


@pytest.mark.parametrize("end", ["server", "semantic"])
@pytest.mark.parametrize("said", [LINES[0], PAUSED], ids=["short", "with a pause"])
def test_a_service_that_will_not_stop_looking_for_ends(end: str, said: bytes) -> None:
    faults = ["error:invalid_value@session.update#2", "error:invalid_value@session.update#3"]
    world = World(mode="hands-free", end=end, online=False, faults=faults, answers=Script([SPEECH]), **SHORT)
    world.wait(500)
    world.say(said)
    world.wait(1500)
    world.connect()
    world.until(lambda: world.turn == "speaking", 8000)
    world.until(lambda: world.turn == "idle", 8000)
    assert "gave-up" not in [cue.name for cue in world.facts(f.CuePlayed)]
