"""What is asked for in a conversation and happens after it: rest, a mute for a while; and silence."""

from __future__ import annotations

import pytest

from edge_agent.conversation.calls import QUIET
from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.commands import Cue
from edge_agent.vocabulary.state import Turn
from edge_agent.vocabulary.tool_events import Tool

from .playbook import Play, done, drained

CALL = e.FunctionCall("c1", "stay_silent", "{}")
SILENT = c.CreateFunctionOutput("c1", QUIET)


def heard_out(play: Play) -> list[c.Command]:
    play(done(item_ids=("i1",)))
    return [*play(drained(i1=1000)), *play(e.SpeechEnded(0))]


def test_the_device_rests_after_the_answer() -> None:
    play = Play().speaking()
    assert play(e.RestRequested()) == []
    assert heard_out(play) == [c.ForgetPreroll(), c.CloseLink()]
    assert play.conversation.state.standby


def test_who_has_more_to_say_is_not_sent_away() -> None:
    play = Play().speaking()
    play(e.RestRequested())
    play(e.ButtonPressed())
    play(e.InterruptRequested())
    play(e.PlaybackStopped((), 0))
    assert c.CloseLink() not in [*play.last, *play(e.SpeechEnded(0))]


def test_the_microphone_is_off_for_a_while() -> None:
    play = Play().speaking()
    assert play(e.MuteRequested(600)) == []
    assert heard_out(play) == [c.MuteMicrophone(True), c.PlayCue(Cue.MUTED)]
    assert play.conversation.state.muted
    ended = play.now
    assert play.tick() == [c.MuteMicrophone(False), c.PlayCue(Cue.UNMUTED)]
    assert play.now == pytest.approx(ended + 600)


def test_who_decides_by_hand_decides() -> None:
    play = Play().speaking()
    play(e.MuteRequested(600))
    heard_out(play)
    play(e.MuteSwitched(False))
    assert play.conversation.deadline is None
    play(e.MuteSwitched(True))
    play(e.MuteRequested(60))
    assert play(e.SpeechEnded(0)) == []
    assert play.conversation.deadline is None


def test_nobody_spoke_to_it() -> None:
    play = Play()
    play(e.ToolsListed((Tool("stay_silent", quiet=True),)))
    play.thinking()
    play(e.ResponseStarted("r1", "ask_1"))
    assert play(done(calls=(CALL,))) == [SILENT]
    assert play.turn() is Turn.IDLE
    assert play.ended[-1].outcome == "empty"


def test_a_question_after_that_which_fails_is_not_taken_for_silence() -> None:
    play = Play()
    play(e.ToolsListed((Tool("stay_silent", quiet=True),)))
    play.thinking()
    play(e.ResponseStarted("r1", "ask_1"))
    play(done(calls=(CALL,)))
    play.thinking()
    play(e.ResponseStarted("r2", "ask_2"))
    play(e.ResponseDone("r2", "failed", "server_error", calls=(e.FunctionCall("c2", "stay_silent", "{}"),)))
    assert len(play.ended) == 1  # the first; this one is asked again, or told


def test_silence_after_words_ends_with_the_words() -> None:
    play = Play()
    play(e.ToolsListed((Tool("stay_silent", quiet=True),)))
    play.speaking()
    assert play(done(calls=(CALL,), item_ids=("i1",))) == [c.FinishPlayback(), SILENT]
    play(drained(i1=1000))
    assert play.ended[-1].outcome == "answered"
