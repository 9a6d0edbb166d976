"""Tools at work for an answer: each call has one output, and an answer follows all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from edge_agent.conversation import calls as k
from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.commands import Cue
from edge_agent.vocabulary.state import Mode, Turn
from edge_agent.vocabulary.tool_events import Tool

from .playbook import ASK, PCM, Play, done, drained

LOOK_UP, ORDER = Tool("look_up"), Tool("order", once=True)
BREW, OPEN = Tool("brew", background=True), Tool("open", confirm=True)
TOOLS = (LOOK_UP, ORDER, BREW, OPEN)


def call(number: int, name: str = "look_up", *, fingerprint: int = 0) -> e.FunctionCall:
    return e.FunctionCall(f"c{number}", name, "{}", fingerprint)


def calling(*calls: e.FunctionCall, said_ms: int = 0, **settings: Any) -> Play:
    """A question, and an answer to it that calls these."""
    play = Play(**settings)
    play(e.ToolsListed(TOOLS))
    play.speaking(said_ms) if said_ms else play.thinking()
    if not said_ms:
        play(e.ResponseStarted("r1", "ask_1"))
    play(done(calls=calls, item_ids=("i1",) * bool(said_ms)))
    return play


def outputs(commands: Sequence[c.Command]) -> list[str]:
    return [command.call_id for command in commands if isinstance(command, c.CreateFunctionOutput)]


def output(number: int, text: str) -> c.CreateFunctionOutput:
    return c.CreateFunctionOutput(f"c{number}", text)


def answered(play: Play, number: int = 2) -> None:
    """The answer comes, and is heard."""
    play(e.ResponseStarted(f"r{number}", f"ask_{number}"))
    play(e.AudioDelta(f"r{number}", f"i{number}", PCM))
    play(e.ResponseDone(f"r{number}", "completed", item_ids=(f"i{number}",)))
    play(drained(**{f"i{number}": 200}))
    assert play.turn() is Turn.IDLE
    assert play.ended[-1].outcome == "answered"


def test_a_tool_is_run_and_the_answer_follows_its_output() -> None:
    play = calling(call(1))
    assert play.last == [c.RunTool(1, "look_up", "{}")]
    assert (play.turn(), play.mode()) == (Turn.THINKING, Mode.THINKING)
    assert play.tick() == [c.PlayCue(Cue.WORKING)]
    assert play.mode() is Mode.WORKING
    assert play(e.ToolReturned(1, "42")) == [output(1, "42"), ASK("ask_2")]
    assert play.mode() is Mode.THINKING
    answered(play)


def test_the_answer_waits_for_all_outputs() -> None:
    play = calling(call(1), call(2), call(3, "unheard_of"))
    assert outputs(play.last) == ["c3"]
    assert play(e.ToolReturned(2, "b")) == [output(2, "b")]
    assert play(e.ToolReturned(1, "a")) == [output(1, "a"), ASK("ask_2")]


def test_words_before_the_call_are_heard_while_the_tool_works() -> None:
    play = calling(call(1), said_ms=1500)
    assert play.last == [c.FinishPlayback(), c.RunTool(1, "look_up", "{}")]
    assert play(drained(i1=1500)) == []
    assert play.turn() is Turn.THINKING
    assert play(e.ToolReturned(1, "a")) == [output(1, "a"), ASK("ask_2")]
    answered(play)


def test_a_result_that_comes_while_the_words_before_it_sound() -> None:
    play = calling(call(1), said_ms=1500)
    assert play(e.ToolReturned(1, "a")) == [output(1, "a"), ASK("ask_2")]
    assert play(drained(i1=1500)) == []
    answered(play)


def test_a_tool_that_takes_too_long_is_ended() -> None:
    play = calling(call(1))
    assert play.tick() == [c.PlayCue(Cue.WORKING)]  # after 1.5 s, once
    assert play.now == pytest.approx(101.5)
    assert play.tick() == [c.CancelTool(1, "look_up"), output(1, k.late(LOOK_UP)), ASK("ask_2")]
    assert play.now == pytest.approx(110.0)
    assert play(e.ToolReturned(1, "too late")) == []
    answered(play)


def test_what_may_go_on_in_the_background_is_told_when_nobody_speaks() -> None:
    play = calling(call(1, "brew"))
    play.tick()
    assert play.tick() == [output(1, k.GOES_ON), ASK("ask_2")]
    play(e.ResponseStarted("r2", "ask_2"))
    play(e.AudioDelta("r2", "i2", PCM))
    assert play(e.ToolReturned(1, "coffee")) == []
    play(e.ResponseDone("r2", "completed", item_ids=("i2",)))
    told = play(drained(i2=200))
    news = c.RestoreMessage("system", f"brew({{}}) has finished: coffee {k.TELL}")
    assert [*told, *play(e.SpeechEnded(0))] == [news, ASK("ask_3")]
    answered(play, 3)


def test_what_came_in_the_background_waits_for_a_link_and_for_money() -> None:
    play = calling(call(1, "brew"))
    play.tick()
    play.tick()
    answered(play)
    play(e.Disconnected(1, "gone"))
    play(e.LinkFailed("dns", "no name", told=False))
    play(e.BudgetSpent(True))
    assert play(e.ToolReturned(1, "coffee")) == []
    assert ASK("ask_3") not in play(e.Connected(2))
    assert play(e.BudgetSpent(False))[-1] == ASK("ask_3")


def test_a_press_ends_the_wait_and_the_tool() -> None:
    play = calling(call(1), call(2, "brew"))
    commands = play(e.ButtonPressed())
    stopped = [c.CancelTool(1, "look_up"), output(1, k.INTERRUPTED), output(2, k.GOES_ON)]
    assert commands[:3] == stopped
    assert (play.turn(), play.mode()) == (Turn.LISTENING, Mode.LISTENING)
    assert play(e.ToolReturned(1, "late")) == []


def test_a_voice_ends_the_wait_too() -> None:
    play = Play(mode="hands-free", end="server")
    play(e.ToolsListed(TOOLS))
    play.thinking_by_voice()
    play(e.ResponseStarted("r1", None))
    assert play(done(calls=(call(1),))) == [c.RunTool(1, "look_up", "{}")]
    commands = play(e.ServiceSpeechStarted("u2", 0))
    assert c.CancelTool(1, "look_up") in commands
    assert outputs(commands) == ["c1"]
    assert not any(isinstance(command, ASK) for command in commands)


def test_the_same_call_twice_runs_once() -> None:
    play = calling(call(1), call(1))
    assert play.last == [c.RunTool(1, "look_up", "{}")]
    play(e.ToolReturned(1, "a"))
    play(e.ResponseStarted("r2", "ask_2"))
    assert play(e.ResponseDone("r2", "completed", calls=(call(1),))) == [ASK("ask_3")]


def test_a_response_that_is_told_twice_is_answered_once() -> None:
    play = calling(call(1))
    assert play(done(calls=(call(1),))) == []
    assert play(e.ToolReturned(1, "a")) == [output(1, "a"), ASK("ask_2")]
    play(e.ResponseStarted("r2", "ask_2"))
    assert play(done(calls=(call(1),))) == []


def test_a_tool_that_runs_once_runs_once_a_minute_with_the_same_arguments() -> None:
    play = calling(call(1, "order"), call(2, "order"), call(3, "order", fingerprint=1))
    runs = [c.RunTool(1, "order", "{}"), c.RunTool(2, "order", "{}")]
    assert play.last == runs
    assert outputs(play(e.ToolReturned(1, "ordered"))) == ["c1", "c2"]
    assert play(e.ToolReturned(2, "ordered too"))[-1] == ASK("ask_2")
    play(e.ResponseStarted("r2", "ask_2"))
    again = e.ResponseDone("r2", "completed", calls=(call(4, "order"),))
    assert play(again, after=50) == [output(4, "ordered"), ASK("ask_3")]
    play(e.ResponseStarted("r3", "ask_3"))
    later = e.ResponseDone("r3", "completed", calls=(call(5, "order"),))
    assert play(later, after=11) == [c.RunTool(3, "order", "{}")]


def test_what_was_undone_or_has_rung_runs_again() -> None:
    play = Play()
    play(e.ToolsListed((ORDER, Tool("cancel", undoes=True))))
    play.thinking()
    for number, name in enumerate(("order", "cancel", "order"), 1):
        play(e.ResponseStarted(f"r{number}", f"ask_{number}"))
        play(e.ResponseDone(f"r{number}", "completed", calls=(call(number, name),)))
        assert play.last == [c.RunTool(number, name, "{}")]
        play(e.ToolReturned(number, "done"))
    play(e.TimeReached(1, "timer", "The timer has ended."))
    play(e.ResponseStarted("r4", "ask_4"))
    assert c.RunTool(4, "order", "{}") in play(e.ResponseDone("r4", "completed", calls=(call(4, "order"),)))


def test_what_failed_may_be_called_again() -> None:
    play = calling(call(1, "order"))
    play(e.ToolReturned(1, "no shop", failed=True))
    play(e.ResponseStarted("r2", "ask_2"))
    again = e.ResponseDone("r2", "completed", calls=(call(2, "order"),))
    assert play(again) == [c.RunTool(2, "order", "{}")]


def test_the_same_that_goes_on_in_the_background_is_not_begun_again() -> None:
    play = Play()
    play(e.ToolsListed((Tool("wash", background=True, once=True, deadline_s=5),)))
    play.thinking()
    play(e.ResponseStarted("r1", "ask_1"))
    play(done(calls=(call(1, "wash"),)))
    play.tick()
    assert play.tick()[0] == output(1, k.GOES_ON)
    play(e.ResponseStarted("r2", "ask_2"))
    again = e.ResponseDone("r2", "completed", calls=(call(2, "wash"),))
    assert play(again) == [output(2, k.GOES_ON), ASK("ask_3")]


# ---- the button confirms ------------------------------------------------
def test_a_press_confirms_and_runs_it() -> None:
    play = calling(call(1, "open"))
    assert play.last == [c.PlayCue(Cue.CONFIRM)]
    assert play(e.ButtonPressed(), after=9) == [c.RunTool(1, "open", "{}"), c.PlayCue(Cue.DONE)]
    assert play(e.ButtonReleased()) == []
    assert play(e.ToolReturned(1, "it is open")) == [output(1, "it is open"), ASK("ask_2")]
    answered(play)


def test_without_a_press_it_does_not_run() -> None:
    play = calling(call(1, "open"))
    assert play.tick() == [output(1, k.NOT_CONFIRMED), ASK("ask_2")]
    assert play.now == pytest.approx(110.0)


def test_a_voice_is_no_confirmation() -> None:
    play = Play(mode="hands-free", end="server")
    play(e.ToolsListed(TOOLS))
    play.thinking_by_voice()
    play(e.ResponseStarted("r1", None))
    play(done(calls=(call(1, "open"),)))
    commands = play(e.ServiceSpeechStarted("u2", 0))
    assert output(1, k.INTERRUPTED) in commands
    play(e.InputCommitted("u2"))
    assert not any(isinstance(command, c.RunTool) for command in play(e.ButtonPressed()))


def test_what_is_said_before_is_heard_before_the_press_is_asked_for() -> None:
    play = calling(call(1, "open"), said_ms=1500)
    assert play.last == [c.FinishPlayback()]
    assert play(drained(i1=1500)) == [c.PlayCue(Cue.CONFIRM)]
    assert play(e.ButtonPressed())[0] == c.RunTool(1, "open", "{}")


def test_each_is_confirmed_by_a_press_of_its_own() -> None:
    play = calling(call(1, "open"), call(2, "open", fingerprint=1))
    assert play(e.ButtonPressed()) == [
        c.RunTool(1, "open", "{}"),
        c.PlayCue(Cue.DONE),
        c.PlayCue(Cue.CONFIRM),
    ]
    assert play(e.ButtonPressed())[0] == c.RunTool(2, "open", "{}")


def test_an_interrupt_is_no_press_of_the_button() -> None:
    play = calling(call(1, "open"))
    assert output(1, k.INTERRUPTED) in play(e.InterruptRequested())
    assert play.turn() is Turn.IDLE


# ---- other tools ----------------------------------------------------------
def test_the_session_is_told_of_other_tools_when_nobody_talks() -> None:
    play = Play()
    assert play(e.ToolsListed(TOOLS)) == [c.UpdateTools()]
    assert play(e.ToolReturned(7, "")) == []  # once
    play.thinking()
    assert play(e.ToolsListed((ORDER,))) == []
    play(e.ResponseStarted("r1", "ask_1"))
    play(e.AudioDelta("r1", "i1", PCM))
    assert play(done(item_ids=("i1",))) == [c.FinishPlayback()]
    assert play(drained(i1=200))[-1] == c.UpdateTools()
    assert play.ended[-1].outcome == "answered"


def test_a_tool_that_is_gone_is_not_run_even_before_the_session_knows() -> None:
    play = Play()
    play(e.ToolsListed(TOOLS))
    play.thinking()
    play(e.ToolsListed((ORDER,)))
    play(e.ResponseStarted("r1", "ask_1"))
    assert play(done(calls=(call(1),))) == [output(1, k.NO_FUNCTION), ASK("ask_2")]


def test_a_tool_that_is_gone_while_it_works_has_its_output() -> None:
    play = calling(call(1))
    assert play(e.ToolsListed(())) == []
    assert play(e.ToolReturned(1, "a")) == [output(1, "a"), ASK("ask_2")]
    answered(play)
    assert play.last[-1] == c.UpdateTools()


def test_a_new_session_is_told_at_its_beginning() -> None:
    play = Play().thinking()
    play(e.ToolsListed(TOOLS))
    play(e.Disconnected(1, "gone"))
    play(e.ToolsListed((ORDER,)))
    play(e.Connected(2))
    play(e.ResponseStarted("r1", "ask_2"))
    play(e.AudioDelta("r1", "i1", PCM))
    play(done(item_ids=("i1",)))
    assert c.UpdateTools() not in play(drained(i1=200))
    assert play.ended[-1].outcome == "answered"


# ---- tools that the service calls -----------------------------------------
def by_service(number: int, *, ended: bool = False) -> e.FunctionCall:
    return e.FunctionCall(f"m{number}", "kitchen.look", "{}", kind="service", ended=ended)


def approval(number: int = 1) -> e.FunctionCall:
    return e.FunctionCall(f"p{number}", "kitchen.open", "{}", kind="approval")


def test_the_answer_waits_for_what_the_service_calls() -> None:
    play = calling(by_service(1))
    assert play.last == []
    assert play.tick() == [c.PlayCue(Cue.WORKING)]
    assert play(e.ServiceCallEnded("m1")) == [ASK("ask_2")]
    answered(play)


def test_what_the_service_has_called_before_its_response_ends() -> None:
    play = Play().thinking()
    play(e.ResponseStarted("r1", "ask_1"))
    assert play(e.ServiceCallEnded("m1", failed=True)) == []
    assert play(done(calls=(by_service(1),))) == [ASK("ask_2")]
    play(e.ResponseStarted("r2", "ask_2"))
    ended = e.ResponseDone("r2", "completed", calls=(by_service(2, ended=True),))
    assert play(ended) == [ASK("ask_3")]
    answered(play, 3)


def test_both_call() -> None:
    play = calling(by_service(1), call(2))
    assert play.last == [c.RunTool(2, "look_up", "{}")]
    assert play(e.ServiceCallEnded("m1")) == []
    assert play(e.ToolReturned(2, "a")) == [output(2, "a"), ASK("ask_2")]


def test_a_service_that_never_has_the_result_is_asked_for_an_answer() -> None:
    play = calling(by_service(1))
    play.tick()
    assert play.tick() == [ASK("ask_2")]
    assert play.now == pytest.approx(100 + k.SERVICE_S)
    assert play(e.ServiceCallEnded("m1")) == []


def test_a_press_approves_what_the_service_calls() -> None:
    play = calling(approval())
    assert play.last == [c.PlayCue(Cue.CONFIRM)]
    assert play(e.ButtonPressed()) == [c.AnswerApproval("p1", True, "approval_1"), c.PlayCue(Cue.DONE)]
    assert play(e.ServiceCallEnded("another id")) == [ASK("ask_2")]
    answered(play)
    play(e.Disconnected(1, "gone"))
    told = [command.text for command in play(e.Connected(2)) if isinstance(command, c.RestoreMessage)]
    assert "kitchen.open({}): the user has confirmed it" in told


def test_without_a_press_it_is_denied() -> None:
    play = calling(approval())
    assert play.tick() == [c.AnswerApproval("p1", False, "approval_1"), ASK("ask_2")]
    assert play.now == pytest.approx(110.0)


def test_a_voice_approves_nothing() -> None:
    play = Play(mode="hands-free", end="server")
    play.thinking_by_voice()
    play(e.ResponseStarted("r1", None))
    play(done(calls=(approval(),)))
    assert c.AnswerApproval("p1", False, "approval_1") in play(e.ServiceSpeechStarted("u2", 0))
    play(e.InputCommitted("u2"))
    assert not any(isinstance(command, c.AnswerApproval) for command in play(e.ButtonPressed()))


def test_an_answer_that_is_not_wanted_is_approved_nothing() -> None:
    play = Play().thinking()
    play(e.ResponseStarted("r1", "ask_1"))
    play(e.InterruptRequested())
    assert play(done(calls=(approval(), by_service(1)))) == [c.AnswerApproval("p1", False, "approval_1")]
    assert play(done(calls=(approval(),))) == []


def test_what_is_interrupted_once_it_is_approved_stays_approved() -> None:
    play = calling(approval())
    play(e.ButtonPressed())
    commands = play(e.InterruptRequested())
    assert not any(isinstance(command, c.AnswerApproval | c.CancelTool) for command in commands)
    assert play.turn() is Turn.IDLE


def test_a_request_that_is_told_twice_is_answered_once() -> None:
    play = calling(approval(), approval())
    assert play.last == [c.PlayCue(Cue.CONFIRM)]
    play(e.ButtonPressed())
    play(e.ServiceCallEnded("m"))
    play(e.ResponseStarted("r2", "ask_2"))
    assert play(e.ResponseDone("r2", "completed", calls=(approval(),))) == [ASK("ask_3")]


@pytest.mark.parametrize("pressed", [True, False])
def test_what_the_service_was_to_call_is_asked_again_in_the_next_session(pressed: bool) -> None:
    play = calling(approval())
    if pressed:
        play(e.ButtonPressed())
    play(e.Disconnected(1, "gone"))
    commands = play(e.Connected(2))
    assert commands[-1] == ASK("ask_2")
    assert not any(isinstance(command, c.RestoreCall | c.AnswerApproval) for command in commands)
    told = [command.text for command in commands if isinstance(command, c.RestoreMessage)]
    assert (f"kitchen.open({{}}) was called: {k.LOST}" in told) is pressed
    play(e.ResponseStarted("r2", "ask_2"))
    play(e.ResponseDone("r2", "completed", calls=(approval(2),)))
    assert play.last == [c.PlayCue(Cue.CONFIRM)]


def test_shutting_down_denies_and_ends() -> None:
    commands = calling(approval(), by_service(1))(e.StopRequested())
    assert c.AnswerApproval("p1", False, "approval_1") in commands
    assert not any(isinstance(command, c.CancelTool) for command in commands)
    assert commands[-1] == c.Shutdown()


def test_too_many_requests_for_approval_are_denied() -> None:
    play = calling(approval(1))
    for number in range(2, 10):
        play(e.ButtonPressed())
        play(e.ServiceCallEnded("m"))
        play(e.ResponseStarted(f"r{number}", f"ask_{number}"))
        play(e.ResponseDone(f"r{number}", "completed", calls=(approval(number),)))
    assert play.last[0] == c.AnswerApproval("p9", False, "approval_9")


def test_what_ended_early_is_bounded_in_memory() -> None:
    calls = k.Calls()
    for number in range(2 * k.MOST_REMEMBERED):
        assert list(calls.service_ended(e.ServiceCallEnded(f"m{number}"))) == []
    assert len(calls.ended_early) == k.MOST_REMEMBERED


# ---- sessions -----------------------------------------------------------
def test_the_link_is_lost_while_a_tool_works() -> None:
    play = calling(call(1))
    assert play(e.Disconnected(1, "gone")) == []
    again = [c.AppendAudio(PCM), c.CommitInput(), c.RestoreCall("c1", "look_up", "{}")]
    assert play(e.Connected(2)) == again
    assert play(e.ToolReturned(1, "a")) == [output(1, "a"), ASK("ask_2")]
    answered(play)


def test_a_tool_ends_while_there_is_no_link() -> None:
    play = calling(call(1), call(2))
    play(e.ToolReturned(2, "b"))
    play(e.Disconnected(1, "gone"))
    assert play(e.ToolReturned(1, "a")) == []
    commands = play(e.Connected(2))
    assert outputs(commands) == ["c1", "c2"]
    assert commands[-1] == ASK("ask_2")
    answered(play)


def test_the_link_is_lost_after_the_outputs() -> None:
    play = calling(call(1), said_ms=1500)
    play(e.ToolReturned(1, "a"))
    assert play(e.Disconnected(1, "gone")) == [c.StopPlayback()]
    commands = play(e.Connected(2))
    assert outputs(commands) == ["c1"]
    assert commands[-1] == ASK("ask_3")


def test_the_session_is_rotated_while_a_tool_works() -> None:
    play = calling(call(1))
    commands = play(e.LinkPrepared(urgent=True))
    assert commands[0] == c.SwitchLink()
    assert commands[-1] == c.RestoreCall("c1", "look_up", "{}")
    assert play(e.ToolReturned(1, "a")) == [output(1, "a"), ASK("ask_2")]


def test_the_next_session_repeats_a_call_that_it_was_told_of() -> None:
    play = calling(call(1))
    play(e.ToolReturned(1, "a"))
    play(e.Disconnected(1, "gone"))
    play(e.Connected(2))
    play(e.ResponseStarted("r2", "ask_3"))
    assert play(e.ResponseDone("r2", "completed", calls=(call(1),))) == [ASK("ask_4")]


def test_a_call_of_an_earlier_question_is_answered_in_a_session_that_does_not_know_it() -> None:
    play = calling(call(1))
    play(e.ToolReturned(1, "a"))
    answered(play)
    play(e.Disconnected(1, "gone"))
    play(e.Connected(2))
    play(e.TextEntered("again"))
    play(e.ResponseStarted("r3", "ask_3"))
    repeated = e.ResponseDone("r3", "completed", calls=(call(1),))
    assert play(repeated) == [output(1, k.REPEATED), ASK("ask_4")]


def test_a_later_session_is_told_what_was_called() -> None:
    play = calling(call(1))
    play(e.ToolReturned(1, "a"))
    answered(play)
    play(e.Disconnected(1, "gone"))
    assert c.RestoreMessage("system", "look_up({}) was called: a", "told_1") in play(e.Connected(2))


# ---- what else goes on --------------------------------------------------
def test_muting_ends_tools() -> None:
    play = calling(call(1))
    commands = play(e.MuteSwitched(True))
    assert c.CancelTool(1, "look_up") in commands
    assert outputs(commands) == ["c1"]
    assert play.turn() is Turn.IDLE


def test_a_budget_that_is_spent_meanwhile_pays_for_no_answer() -> None:
    play = calling(call(1))
    play(e.BudgetSpent(True))
    commands = play(e.ToolReturned(1, "done"))
    assert commands[0] == output(1, "done")
    assert commands[-1] == c.PlayCue(Cue.DAILY_COST)
    assert not any(isinstance(command, ASK) for command in commands)
    assert play.turn() is Turn.IDLE


def test_a_budget_that_is_spent_before_the_call() -> None:
    play = Play()
    play.thinking()
    play(e.ResponseStarted("r1", "ask_1"))
    play(e.BudgetSpent(True))
    commands = play(done(calls=(call(1),)))
    assert outputs(commands) == ["c1"]
    assert commands[-1] == c.PlayCue(Cue.DAILY_COST)


def test_the_visit_is_over_while_a_tool_works_in_the_background() -> None:
    play = calling(call(1, "brew"), visit_idle_s=30)
    play.tick()
    play.tick()
    answered(play)
    assert c.CancelTool(1, "brew") in play.tick()
    assert play(e.ToolReturned(1, "for somebody who has left")) == []


def test_shutting_down_ends_all_tools() -> None:
    play = calling(call(1), call(2, "brew"))
    commands = play(e.StopRequested())
    assert [it for it in commands if isinstance(it, c.CancelTool)] == [
        c.CancelTool(1, "look_up"),
        c.CancelTool(2, "brew"),
    ]
    assert outputs(commands) == ["c1", "c2"]
    assert commands[-1] == c.Shutdown()


def test_the_speaker_is_unplugged_while_a_tool_works() -> None:
    play = calling(call(1))
    assert play(e.AudioLost("speaker", "unplugged")) == []
    assert play(e.ToolReturned(1, "a")) == [output(1, "a"), ASK("ask_2")]
    play(e.AudioStarted("card", 0))
    answered(play)


def test_unheard_of_and_too_many_calls_have_an_output_too() -> None:
    play = calling(call(0, "unheard_of"))
    assert play.last == [output(0, k.NO_FUNCTION), ASK("ask_2")]
    for number in range(2, 9):
        play(e.ResponseStarted(f"r{number}", f"ask_{number}"))
        play(e.ResponseDone(f"r{number}", "completed", calls=(call(number),)))
        play(e.ToolReturned(number - 1, "a"))
    play(e.ResponseStarted("r9", "ask_9"))
    commands = play(e.ResponseDone("r9", "completed", calls=(call(9),)))
    assert commands[0] == output(9, k.TOO_MANY)
    assert not any(isinstance(command, c.RunTool) for command in commands)


def test_a_hidden_tool_is_not_known_to_the_conversation() -> None:
    play = calling(call(1, "reboot"))
    assert play.last[0] == output(1, k.NO_FUNCTION)


def test_an_answer_that_was_given_up_calls_nothing() -> None:
    play = Play()
    play(e.ToolsListed(TOOLS))
    play.thinking()
    play(e.ResponseStarted("r1", "ask_1"))
    play(e.InterruptRequested())
    assert play(done(calls=(call(1),))) == [output(1, k.NOT_CALLED)]
    assert play(done(calls=(call(1),))) == []


def test_what_runs_is_bounded_in_memory() -> None:
    calls = k.Calls({tool.name: tool for tool in TOOLS})
    for number in range(1, 2 * k.MOST_REMEMBERED):
        ordering = call(number, "order", fingerprint=number)
        assert list(calls.begin([ordering], 0.0, may_run=True)) == [c.RunTool(number, "order", "{}")]
        assert list(calls.returned(e.ToolReturned(number, "ordered"))) == [output(number, "ordered")]
        calls.answered()
    assert len(calls.ended) == len(calls.told) == k.MOST_REMEMBERED
