"""A whole device that is called by its wake word, and GPT-Live: no session, and no cost, before that."""

from __future__ import annotations

from typing import Any

import pytest

from edge_agent.audio.sounds import spoken_lines
from edge_agent.config.wake_words import WakeWord
from edge_agent.simulator.answers import Script, Speech
from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e

from .live_world import LiveWorld
from .sound import tone
from .world import CALL, LINES

pytest.importorskip("pymicro_wakeword")
LONG = Speech("a long answer", tone(24_000, 8000, 300))


def device(*words: WakeWord, **options: Any) -> LiveWorld:
    made = LiveWorld(mode="wake-word", wake=words or (WakeWord("hey_jarvis"),), **options)
    made.wait(1000)
    return made


def test_there_is_no_session_until_it_is_called() -> None:
    made = device()
    made.say(LINES[0])
    made.wait(3000)
    assert made.sessions == []
    made.say(CALL + LINES[0])
    made.until(lambda: made.turn == "speaking")
    assert made.said("user").split() == spoken_lines()[0].text.split()
    made.until(lambda: made.turn == "idle")
    assert made.outcomes == ["answered"]


def test_whoever_has_called_may_go_on_without_the_word_until_it_rests() -> None:
    made = device(follow_up_s=4.0)
    made.say(CALL + LINES[0])
    made.until(lambda: made.turn == "speaking")
    made.until(lambda: made.turn == "idle")
    made.say(LINES[1])
    made.until(lambda: made.turn == "speaking")
    made.until(lambda: made.turn == "idle")
    made.until(lambda: not made.online, 6000)
    made.say(LINES[2])
    made.wait(3000)
    assert made.turn == "idle"
    assert len(made.sessions) == 1


def test_a_call_over_an_answer_stops_it() -> None:
    made = device(answers=Script([LONG]))
    made.say(CALL + LINES[0])
    made.until(lambda: made.turn == "speaking")
    made.wait(1000)
    made.say(CALL + LINES[1])
    assert len(made.of(e.WakeWordHeard)) == 2
    assert made.of(e.PlaybackStopped)
    assert made.outcomes == ["interrupted"]


def test_muted_it_is_not_called() -> None:
    made = device()
    made.post(e.MuteSwitched(True))
    made.say(CALL + LINES[0])
    made.wait(2000)
    assert made.sessions == []


def test_a_word_of_somebody_else_begins_another_visit() -> None:
    words = WakeWord("hey_jarvis", instructions="You are Jarvis."), WakeWord("alexa")
    made = device(*words)
    made.say(CALL + LINES[0])
    made.until(lambda: made.turn == "speaking")
    assert made.sent(c.ChoosePersona) == [c.ChoosePersona("hey_jarvis")]


def test_the_button_calls_it_too_and_a_spent_budget_does_not_answer() -> None:
    made = device()
    made.post(e.ButtonPressed())
    made.say(LINES[0])
    made.until(lambda: made.turn == "speaking")
    made.post(e.BudgetSpent(True))
    made.until(lambda: not made.online)
    made.say(CALL + LINES[0])
    assert made.cues[-1] == "daily-cost"
    assert len(made.sessions) == 1
