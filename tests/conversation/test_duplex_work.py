"""What the duplex machine makes of work that another model does, and of what parts of both machines ask of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from edge_agent.conversation.duplex.dialogue import BROKEN_OFF, WORK_S
from edge_agent.conversation.duplex.duplex_machine import DuplexConversation
from edge_agent.conversation.duplex.working import MOST_WORK
from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.state import Turn
from edge_agent.vocabulary.tool_events import Tool

from .test_duplex import BURST, PASTA, PCM, Talk

CALL = e.FunctionCall("call_1", "look_up", "{}")
OTHER = e.FunctionCall("call_2", "look_up", "{}")
DONE = e.ToolReturned(1, "four")


def paused(*calls: e.FunctionCall, of: str = "del_1", status: Any = "completed") -> e.WorkPaused:
    return e.WorkPaused(of, "resp_1", status, "", calls)


def working(*calls: e.FunctionCall) -> Talk:
    """Something was asked for which another model works, and calls."""
    talk = Talk(online=False, mode="hands-free")
    talk(e.ToolsListed((Tool("look_up"), Tool("brew", deadline_s=1.0, background=True))))
    talk(e.Connected(1))
    talk.says()
    talk(e.WorkAsked("del_1", by_service=True))
    if calls:
        talk(paused(*calls))
    return talk


def heard(talk: Talk) -> list[Any]:
    """What came was heard to its end; what that leads to."""
    talk(e.AudioFinished(BURST, BURST))
    return talk(e.PlaybackDrained((e.Heard(BURST, 200),), 2000))


def test_while_it_works_it_is_not_asked_for_again() -> None:
    talk = working()
    talk(e.Tick(), after=20.0)
    assert talk.turn is Turn.THINKING
    assert talk.machine.deadline == 100.0 + WORK_S
    (told,) = talk.tick()
    assert isinstance(told, c.Tell)
    assert talk.turn is Turn.THINKING  # for an answer to that


def test_an_answer_that_is_missing_after_the_work_is_asked_for() -> None:
    talk = working()
    assert talk(paused()) == []
    (told,) = talk.tick()
    assert isinstance(told, c.Tell)


def test_one_that_was_heard_meanwhile_is_not() -> None:
    talk = working()
    talk.answers(6)
    heard(talk)
    assert talk(e.Disconnected(1, "x")) == [c.OpenLink()]  # it may have been but a word
    talk = working()
    talk.answers(6)
    heard(talk)
    talk(paused())
    assert talk.turn is Turn.IDLE
    assert talk(e.Disconnected(1, "x")) == [c.CloseLink()]


def test_one_that_still_sounds_counts_once_it_is_over() -> None:
    talk = working()
    talk.answers()
    talk(paused())
    heard(talk)
    assert talk(e.Disconnected(1, "x")) == [c.CloseLink()]


def test_two_works_at_once_end_one_by_one() -> None:
    talk = working()
    talk(e.WorkAsked("del_2", by_service=True))
    talk(paused(of="del_1"))
    assert talk.machine.dialogue.work == ["del_2"]
    talk(paused(of=""))
    assert talk.machine.dialogue.work == []


def test_work_without_number_fills_no_memory() -> None:
    talk = working()
    for number in range(100):
        talk(e.WorkAsked(f"del_{number}", by_service=True))
    assert talk.machine.dialogue.work == [f"del_{number}" for number in range(100 - MOST_WORK, 100)]


def test_the_output_of_each_call_and_then_it_goes_on() -> None:
    talk = working(CALL, OTHER)
    assert talk(DONE) == [c.CreateFunctionOutput("call_1", "four")]
    assert talk(e.ToolReturned(2, "five")) == [c.CreateFunctionOutput("call_2", "five"), c.ContinueWork()]
    assert talk(e.ToolReturned(2, "five")) == []
    talk(paused())
    talk.answers()
    heard(talk)
    assert talk.turn is Turn.IDLE


def test_who_speaks_while_something_is_called_is_heard_and_asked_for_it() -> None:
    talk = working()
    talk(e.UplinkOpened(2, "speech", 0))
    talk(e.MicAudioRecorded(2, PCM))
    assert c.RunTool(1, "look_up", "{}") in talk(paused(CALL))
    talk(e.UplinkClosed(2, 400, 1000))
    assert c.OpenLink() in talk(e.Disconnected(1, "x"))
    assert talk(e.Connected(2)) == [c.AppendAudio(PCM), c.AppendAudio(PCM)]


def test_what_a_lost_session_has_called_is_told_once_nobody_talks() -> None:
    talk = working(CALL)
    assert talk(e.Disconnected(1, "x")) == [c.OpenLink()]
    talk(e.Connected(2))
    talk(e.UplinkOpened(2, "speech", 0))
    assert talk(DONE) == []
    assert talk.machine.said[-1].text == "look_up({}) was called: four"
    (told,) = [output for output in talk(e.UplinkClosed(2, 0, 1000)) if isinstance(output, c.Tell)]
    assert "four" in told.text


@pytest.mark.parametrize("speaks", [False, True])
def test_or_as_soon_as_there_is_another(speaks: bool) -> None:
    talk = working(CALL)
    talk(e.Disconnected(1, "x"))
    if speaks:
        talk(e.UplinkOpened(2, "speech", 0))
    assert talk(DONE) == [c.OpenLink()]
    assert talk.turn is (Turn.LISTENING if speaks else Turn.THINKING)
    (told,) = talk(e.Connected(2))
    assert "four" in told.text


def test_and_what_this_one_calls_does_not_wait_for_it() -> None:
    talk = working(CALL)
    talk(e.Disconnected(1, "x"))
    talk(e.Connected(2))
    talk(e.WorkAsked("del_2", by_service=True))
    talk(paused(OTHER, of="del_2"))
    outputs = talk(e.ToolReturned(2, "five"))
    assert outputs == [c.CreateFunctionOutput("call_2", "five"), c.ContinueWork()]


def test_words_that_are_still_on_their_way_when_something_is_called_are_kept() -> None:
    talk = Talk(mode="hands-free")
    talk(e.UplinkOpened(1, "speech", 0))
    for _ in range(10):
        talk(e.MicAudioRecorded(1, PCM))  # all at once: it leaves at the pace of real time
    talk(e.UplinkClosed(1, 2000, 1000))
    talk(e.WorkAsked("del_1", by_service=True))
    talk(paused(CALL))
    talk(e.Disconnected(1, "x"))
    assert talk(e.Connected(2)) == [c.AppendAudio(PCM)] * 10


def test_what_was_done_is_told_again_where_the_answer_to_it_is_lost() -> None:
    talk = working(CALL)
    talk(DONE)
    assert talk(e.Disconnected(1, "x")) == [c.OpenLink()]
    assert talk.turn is Turn.THINKING
    assert talk(e.Connected(2)) == [c.Tell("commentary", BROKEN_OFF)]


def test_and_where_it_never_came_and_somebody_speaks_meanwhile() -> None:
    talk = working(CALL)
    talk(DONE)
    talk(paused())
    talk(e.UplinkOpened(2, "speech", 0))
    talk(e.MicAudioRecorded(2, PCM))
    talk(e.Disconnected(1, "x"))
    assert talk(e.Connected(2)) == [c.AppendAudio(PCM), c.Tell("commentary", BROKEN_OFF)]


def test_a_session_that_is_left_for_another_is_not_left_with_its_work() -> None:
    talk = working(CALL)
    talk(DONE)
    talk(e.LinkPrepared(urgent=True))
    assert talk(e.Disconnected(1, "left")) == []
    assert talk(e.Connected(2)) == [c.Tell("commentary", BROKEN_OFF)]


def test_what_goes_on_in_the_background_ends_with_the_visit() -> None:
    talk = working(e.FunctionCall("call_1", "brew", "{}"))
    talk.tick()  # it is told that it goes on
    talk.tick()
    assert c.CancelTool(1, "brew") in talk(e.ForgetRequested())


def test_a_wait_for_an_answer_is_longer_by_what_rings_meanwhile() -> None:
    talk = Talk(mode="hands-free")
    talk(PASTA)
    talk.now += 5.0
    talk(e.TextEntered("And now?"))
    assert talk.machine.dialogue.asked_at == talk.now
    talk.now += 1.0
    talk(e.RingingStopped())
    assert talk.machine.dialogue.asked_at == talk.now - 1.0 + 6.0


@pytest.mark.parametrize("online", [True, False])
def test_what_the_device_has_said_by_itself_is_told(online: bool) -> None:
    talk = Talk(online=online)
    outputs = talk(e.OpeningRequested(1, "It rains.", is_said=True))
    told = [output for output in outputs if isinstance(output, c.Tell)]
    assert [one.channel for one in told] == (["thinking"] if online else [])
    assert "It rains." in talk.machine.said[-1].text


def test_it_goes_on_from_a_checkpoint_with_all_its_parts() -> None:
    talk = Talk(online=False)
    talk(PASTA)
    other = DuplexConversation.restored(talk.machine.checkpoint())
    assert other.deadline == talk.machine.deadline
    assert c.StopRinging() in other.handle(e.RingingStopped(), talk.now)


def answering() -> Talk:
    """The device has asked by itself, and somebody answers."""
    talk = Talk(mode="hands-free")
    talk(e.OpeningRequested(1, wants_words=True, answer_s=5.0))
    while talk.turn is not Turn.LISTENING:
        talk.tick()
    talk(e.UplinkOpened(1, "button", 0))
    talk(e.SpeechStarted(100))
    return talk


def test_what_is_answered_is_complete_when_no_more_words_come() -> None:
    talk = answering()
    talk(e.WordsTranscribed("u1", "user", " Yes,", 0, 200))
    talk(e.UplinkClosed(1, 400, 1000))
    talk(e.WordsTranscribed("u1", "user", " please.", 200, 400), after=0.5)
    assert talk(e.Tick(), after=1.0) == []
    assert c.SettleOpening(1, "answered", "Yes, please.") in talk.tick()


def test_words_of_the_assistant_are_no_answer() -> None:
    talk = answering()
    talk(e.WordsTranscribed("a1", "assistant", " no", 0, 100))
    talk(e.UplinkClosed(1, 400, 1000))
    talk.answers()
    assert c.SettleOpening(1, "not-transcribed") in heard(talk)


def test_a_link_that_nobody_waits_for_any_more_is_not_tried_again_where_it_rests_until_a_call() -> None:
    talk = Talk(online=False, mode="wake-word")
    assert c.OpenLink() in talk(e.WakeWordHeard("hey_jarvis", 1.0, 0))
    talk(e.UplinkOpened(1, "word", 0))
    talk(e.UplinkClosed(1, 400, 1000))
    outputs = talk(e.LinkFailed("unauthorized", "no", told=True))
    assert outputs[:1] == [c.PlayCue(c.Cue.CANNOT_SIGN_IN)]
    assert c.CloseLink() in outputs
    assert talk.machine.state.standby


def test_a_link_that_is_down_while_nobody_has_called_rests() -> None:
    talk = Talk(online=False, mode="wake-word")
    talk.machine.dialogue.state = replace(talk.machine.dialogue.state, standby=False)
    assert talk(e.Tick()) == [c.CloseLink()]
    assert talk.machine.state.standby
