"""Answers that call functions."""

from __future__ import annotations

import itertools

from edge_agent.conversation.calls import NOT_CALLED
from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.state import Turn

from .playbook import ASK, CALL, PCM, Play, done, drained


def test_a_function_this_device_does_not_have() -> None:
    play = Play().thinking()
    play(e.ResponseStarted("r1", "ask_1"))
    commands = play(done(calls=(e.FunctionCall("c1", "f", "{}"), e.FunctionCall("c2", "g", "{}"))))
    assert [type(command) for command in commands] == [c.CreateFunctionOutput, c.CreateFunctionOutput, ASK]
    assert play.turn() is Turn.THINKING


def test_words_before_a_function() -> None:
    play = Play().speaking()
    commands = play(done(item_ids=("i1",), calls=(e.FunctionCall("c1", "f", "{}"),)))
    assert commands[0] == c.FinishPlayback()
    assert commands[-1] == ASK("ask_2")
    play(e.ResponseStarted("r2", "ask_2"))
    assert play(e.AudioDelta("r2", "i2", PCM)) == [c.Play("i2", PCM)]
    assert play.turn() is Turn.SPEAKING


def test_the_next_words_cross_the_end_of_those_before() -> None:
    play = Play().speaking(200)
    play(done(item_ids=("i1",), calls=(CALL,)))
    play(e.ResponseStarted("r2", "ask_2"))
    play(e.AudioDelta("r2", "i2", PCM))
    play(e.ResponseDone("r2", "completed", item_ids=("i2",)))
    assert play(drained(i1=200)) == []
    assert play.turn() is Turn.SPEAKING  # i2 is still to be heard
    assert c.StopPlayback() in play(e.ButtonPressed())
    assert play(e.PlaybackStopped((e.Heard("i2", 10),), 0)) == [c.TruncateItem("i2", 10)]


def test_the_end_crosses_a_stop() -> None:
    play = Play().speaking(200)
    play(done(item_ids=("i1",)))
    play(e.InterruptRequested())
    assert play(drained(i1=200)) == []
    assert play(e.PlaybackStopped((), 0)) == []


def test_functions_are_not_called_for_ever() -> None:
    play, asked = Play().thinking(), 0
    for number in itertools.count(1):
        play(e.ResponseStarted(f"r{number}", f"ask_{number}"))
        play(e.AudioDelta(f"r{number}", f"i{number}", PCM))
        call = e.FunctionCall(f"c{number}", "f", "{}")
        commands = play(e.ResponseDone(f"r{number}", "completed", calls=(call,)))
        assert isinstance(commands[1], c.CreateFunctionOutput)
        if not isinstance(commands[-1], ASK):
            break
        asked += 1
    assert asked == 8
    play(drained(**{f"i{number}": 200 for number in range(1, 10)}))
    assert play.turn() is Turn.IDLE


def test_a_failed_response_calls_nothing() -> None:
    play = Play().speaking()
    commands = play(done("failed", "server_error", calls=(CALL,)))
    assert commands == [c.FinishPlayback(), c.CreateFunctionOutput("c1", NOT_CALLED)]
