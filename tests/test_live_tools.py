"""A whole device and GPT-Live with tools at work, in audio time, against the strict service."""

from __future__ import annotations

from typing import Any

import pytest

from edge_agent.conversation.calls import CONFIRM_S, INTERRUPTED, NOT_CONFIRMED
from edge_agent.conversation.duplex.dialogue import BROKEN_OFF
from edge_agent.simulator.answers import Call, Script, Speech
from edge_agent.simulator.live.live_door import AZURE_LIVE, OPENAI_LIVE, LiveDoor
from edge_agent.telemetry import facts as f
from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.state import Mode
from edge_agent.vocabulary.tool_events import Tool

from .live_world import LiveWorld
from .sound import tone
from .world import LINES

WORDS = Speech("that is done", tone(24_000, 1500, 300))
LOOK_UP, BREW = Tool("look_up"), Tool("brew", deadline_s=1.0, background=True)
OPEN_GATE = Tool("open_gate", confirm=True, once=True)


def world(*parts: Any, takes_s: float = 0.5, **options: Any) -> LiveWorld:
    """A device whose service calls."""
    tools = [(LOOK_UP, takes_s), (BREW, 6.0), (OPEN_GATE, 0.2)]
    return LiveWorld(answers=Script(parts, [WORDS]), tools=tools, **options)


def asked(*parts: Any, **options: Any) -> LiveWorld:
    made = world(*parts, **options)
    made.hold(LINES[0])
    return made


def until_called(made: LiveWorld) -> None:
    made.until(lambda: made.conversation.dialogue.calls.is_open)


@pytest.mark.parametrize("door", [OPENAI_LIVE, AZURE_LIVE])
@pytest.mark.parametrize(
    "parts",
    [
        [Call("look_up")],
        [Speech("wait", tone(24_000, 1200)), Call("look_up")],
        [Call("look_up"), Call("look_up"), Call("unheard_of")],
    ],
)
def test_calls_are_answered_and_then_the_question(door: LiveDoor, parts: list[Any]) -> None:
    made = asked(*parts, door=door)
    made.until(lambda: "that is done" in made.said("assistant"))
    made.until(lambda: made.turn == "idle")
    calls = sum(isinstance(part, Call) for part in parts)
    assert len(made.sent(c.CreateFunctionOutput)) == calls
    assert len(made.sent(c.ContinueWork)) == 1
    assert made.sent(c.Tell) == []
    assert made.outcomes[-1] == "answered"
    assert not made.conversation.dialogue.works
    assert made.ledger.total.text_in == 2 * 220


def test_a_second_round_of_calls() -> None:
    made = LiveWorld(answers=Script([Call("look_up")], [Call("look_up")], [WORDS]), tools=[(LOOK_UP, 0.1)])
    made.hold(LINES[0])
    made.until(lambda: "that is done" in made.said("assistant"))
    assert len(made.sent(c.ContinueWork)) == 2


def test_calls_without_end_are_not_carried_out_without_end() -> None:
    made = LiveWorld(answers=Script([Call("look_up")]), tools=[(LOOK_UP, 0.1)], limits={"idle_close_s": 0})
    made.hold(LINES[0])
    made.until(lambda: "gave-up" in made.cues, 60_000)
    assert len(made.sent(c.RunTool)) == 8
    assert not made.online


@pytest.mark.parametrize("after_ms", [100, 600])
def test_the_session_ends_while_a_tool_works(after_ms: int) -> None:
    made = asked(Call("look_up"), takes_s=2.0)
    until_called(made)
    made.wait(after_ms)
    made.inject("drop")
    made.until(lambda: "that is done" in made.said("assistant"))
    made.until(lambda: made.turn == "idle")
    assert len(made.sent(c.RunTool)) == 1
    (told,) = made.sent(c.Tell)
    assert told.text.startswith('look_up({}) was called: {"ok": true}')
    assert made.sent(c.CreateFunctionOutput) == []


def test_the_session_ends_before_the_answer_to_what_a_tool_has_done() -> None:
    made = asked(Call("look_up"))
    made.until(lambda: bool(made.sent(c.ContinueWork)))
    made.inject("drop")
    made.until(lambda: "that is done" in made.said("assistant"))
    assert [told.text for told in made.sent(c.Tell)] == [BROKEN_OFF]
    history = [message["content"][0]["text"] for message in made.starts[1]["input"]]
    assert history[-1] == 'look_up({}) was called: {"ok": true}'
    assert len(made.sent(c.RunTool)) == 1


def test_a_session_that_ends_before_anything_is_called_is_asked_again() -> None:
    made = asked(Call("look_up"))
    made.until(lambda: bool(made.of(e.WorkAsked)))
    made.inject("drop")
    made.until(lambda: "that is done" in made.said("assistant"))
    assert made.sent(c.Tell) == []


def test_a_result_from_the_background_is_told_later() -> None:
    made = asked(Call("brew"))
    made.until(lambda: made.turn == "speaking")
    made.until(lambda: made.turn == "idle")
    made.until(lambda: bool(made.sent(c.Tell)), 8000)
    (news,) = made.sent(c.Tell)
    assert (news.channel, news.text[:42]) == ("commentary", 'brew({}) has finished: {"ok": true} Tell t')
    made.until(lambda: made.turn == "speaking")


def test_what_takes_too_long_is_ended() -> None:
    made = asked(Call("look_up"), takes_s=60.0)
    made.until(lambda: bool(made.sent(c.CreateFunctionOutput)), 15_000)
    assert "did not finish within 10 s" in made.sent(c.CreateFunctionOutput)[0].output
    assert len(made.sent(c.CancelTool)) == 1
    assert "working" in made.cues
    made.until(lambda: "that is done" in made.said("assistant"))


def test_that_it_works_is_shown() -> None:
    made = asked(Call("look_up"), takes_s=4.0)
    made.until(lambda: made.conversation.state.mode is Mode.WORKING)
    assert made.cues[-1] == "working"


# ---- who decides ----------------------------------------------------------------------
def test_the_button_confirms() -> None:
    made = asked(Call("open_gate"))
    made.until(lambda: made.cues[-1:] == ["confirm"])
    made.post(e.ButtonPressed(), e.ButtonReleased())
    made.until(lambda: bool(made.sent(c.CreateFunctionOutput)))
    assert made.sent(c.CreateFunctionOutput)[0].output == '{"ok": true}'
    assert len(made.sent(c.RunTool)) == 1


def test_a_spoken_yes_approves_nothing() -> None:
    made = world(Call("open_gate"), mode="hands-free")
    made.say(LINES[0])
    made.until(lambda: made.cues[-1:] == ["confirm"])
    made.wait(2000)  # the message is over
    made.say(LINES[1])
    made.until(lambda: bool(made.sent(c.CreateFunctionOutput)), round(CONFIRM_S * 1000))
    assert made.sent(c.CreateFunctionOutput)[0].output == NOT_CONFIRMED
    assert made.sent(c.RunTool) == []


def test_a_press_ends_the_work_and_is_listened_to() -> None:
    made = asked(Call("look_up"), takes_s=30.0)
    until_called(made)
    made.wait(500)
    made.hold(LINES[1])
    assert made.sent(c.CreateFunctionOutput)[0].output == INTERRUPTED
    assert len(made.sent(c.CancelTool)) == 1
    made.until(lambda: made.turn == "idle")
    assert len(made.sessions) == 1


def test_a_voice_over_it_does_not_end_the_work() -> None:
    made = world(Call("look_up"), takes_s=4.0, mode="hands-free")
    made.say(LINES[0])
    until_called(made)
    made.wait(300)
    made.say(LINES[1])
    made.until(lambda: bool(made.sent(c.CreateFunctionOutput)))
    assert made.sent(c.CreateFunctionOutput)[0].output == '{"ok": true}'
    assert made.sent(c.CancelTool) == []


@pytest.mark.parametrize(
    "stops", [e.InterruptRequested(), e.MuteSwitched(True), e.ForgetRequested(), e.StopRequested()]
)
def test_who_wants_no_answer_ends_the_work_and_the_session(stops: e.Event) -> None:
    made = asked(Call("look_up"), takes_s=30.0)
    until_called(made)
    made.post(stops)
    assert len(made.sent(c.CancelTool)) == 1
    assert not made.online
    assert made.turn == "idle"
    made.wait(3000)
    assert made.sent(c.Tell) == []


# ---- what fails -----------------------------------------------------------------------
@pytest.mark.parametrize(
    ("fault", "why"), [("fail:server_error", "server_error"), ("incomplete:content_filter", "content_filter")]
)
@pytest.mark.parametrize("which", [1, 2])
def test_work_that_fails_is_told(fault: str, why: str, which: int) -> None:
    made = asked(Call("look_up"), faults=(f"{fault}@work#{which}",))
    made.until(lambda: bool(made.sent(c.Tell)))
    assert why in made.sent(c.Tell)[0].text
    made.until(lambda: made.turn == "speaking")
    made.until(lambda: made.turn == "idle")


def test_work_without_an_end_is_given_up() -> None:
    made = asked(Call("look_up"), faults=("stall@work",))
    made.until(lambda: bool(made.sent(c.Tell)), 130_000)
    assert "too long" in made.sent(c.Tell)[0].text
    made.until(lambda: made.turn == "idle")


def test_a_spent_budget_lets_the_tools_finish() -> None:
    made = asked(Call("look_up"), takes_s=3.0)
    until_called(made)
    made.post(e.BudgetSpent(True))
    made.until(lambda: bool(made.of(e.ToolReturned)))
    made.wait(1000)
    assert made.sent(c.CancelTool) == []
    assert not made.online
    assert "daily-cost" in made.cues


def test_other_tools_are_told_to_another_session_once_nobody_talks() -> None:
    made = asked(Call("look_up"))
    made.until(lambda: made.turn == "speaking")
    made.post(made._tools.list([(LOOK_UP, 1.0)]))
    made.until(lambda: len(made.starts) == 2)
    functions = [start["delegation"]["responses"]["tools"] for start in made.starts]
    assert [len(offered) for offered in functions] == [3, 1]


def test_a_device_without_a_model_that_works_says_that_nothing_is_available() -> None:
    made = LiveWorld(answers=Script([Call("look_up")], [WORDS]))
    made.hold(LINES[0])
    made.until(lambda: bool(made.sent(c.Tell)))
    assert made.sent(c.Tell)[0].delegation_id == made.of(e.WorkAsked)[0].delegation_id
    assert "delegation" not in made.starts[0]


def test_the_timeline_has_the_tools() -> None:
    made = asked(Call("look_up"))
    made.until(lambda: "that is done" in made.said("assistant"))
    facts = [type(record.fact) for record in made.records]
    assert facts.index(f.ToolStarted) < facts.index(f.ToolEnded)
