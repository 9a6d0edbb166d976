"""A whole device with tools at work, in audio time, against the strict service."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from edge_agent.audio.sounds import spoken_answers
from edge_agent.config.providers import DialectName
from edge_agent.simulator.answers import Call, Script, Speech
from edge_agent.telemetry import facts as f
from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.sound import SERVICE_BYTES_PER_MS
from edge_agent.vocabulary.tool_events import Tool

from .fuzzer.plan import draw
from .fuzzer.run import run
from .sound import rms
from .world import World

HISTORIES = 500
ANSWER = spoken_answers()[0]
WORDS = Speech(ANSWER.text, ANSWER.pcm[: 2000 * SERVICE_BYTES_PER_MS])
LOOK_UP, BREW = Tool("look_up"), Tool("brew", deadline_s=1.0, background=True)
DIALECTS: tuple[DialectName, ...] = ("ga", "preview", "voice-live")


def world(*parts: Any, takes_s: float = 0.5, **options: Any) -> World:
    """A device that was asked, and whose service calls."""
    made = World(
        answers=Script(parts, [WORDS]), tools=[(LOOK_UP, takes_s), (BREW, 6.0)], mode="button", **options
    )
    made.wait(100)
    made.post(e.TextEntered("What is the weather?"))
    return made


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    "parts",
    [
        [Call("look_up")],
        [WORDS, Call("look_up")],
        [WORDS, Call("look_up"), Call("look_up"), Call("unheard_of")],
    ],
)
def test_calls_are_answered_and_then_the_question(dialect: DialectName, parts: list[Any]) -> None:
    made = world(*parts, dialect=dialect)
    made.until(lambda: made.turn == "speaking" and not made.conversation.keeper.calls.is_open)
    made.until(lambda: made.turn == "idle")
    assert made.refusals == []
    calls = sum(isinstance(part, Call) for part in parts)
    assert len(made.sent_of(c.CreateFunctionOutput)) == calls
    assert len(made.sent_of(c.CreateResponse)) == 2
    assert made.fact(f.AnswerHeard).heard_ms >= 2000


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("way", ["lost", "moved"])
def test_the_session_ends_while_a_tool_works(dialect: DialectName, way: str) -> None:
    made = world(Call("look_up"), takes_s=1.0, dialect=dialect)
    made.until(lambda: made.conversation.keeper.calls.is_open)
    if way == "lost":
        made.disconnect()
        made.wait(300)
        made.connect()
    else:
        made.prepare(urgent=True)
    made.until(lambda: made.turn == "speaking")
    made.until(lambda: made.turn == "idle")
    assert made.refusals == []
    assert len(made.sent_of(c.RestoreCall)) == 1
    assert len(made.sent_of(c.CreateFunctionOutput)) == 1


def test_a_call_without_an_id_is_asked_again_in_another_session() -> None:
    made = world(Call("look_up"), faults=["no-call-id@response"])
    made.until(lambda: made.turn == "speaking")
    made.until(lambda: made.turn == "idle")
    assert len(made.sessions) == 2
    assert made.refusals == []


def test_a_result_from_the_background_is_told_later() -> None:
    made = world(Call("brew"))
    made.until(lambda: made.turn == "speaking")
    made.until(lambda: made.turn == "idle")
    made.until(lambda: made.turn == "speaking", 8000)
    (news,) = [command for command in made.sent_of(c.RestoreMessage) if command.role == "system"]
    assert news.text.startswith('brew({}) has finished: {"ok": true}')
    made.until(lambda: made.turn == "idle")
    assert made.refusals == []


def test_the_service_refuses_a_second_output() -> None:
    made = world(Call("look_up"))
    made.until(lambda: bool(made.sent_of(c.CreateFunctionOutput)))
    (output,) = made.sent_of(c.CreateFunctionOutput)
    made._to_service(output)
    made._to_service(c.CreateFunctionOutput("call_of_nobody", "x"))
    made.wait(100)
    assert [refusal["message"] for refusal in made.refusals] == [
        f"Tool call ID '{output.call_id}' already has an output.",
        "Tool call ID 'call_of_nobody' not found in conversation.",
    ]


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("after_ms", range(0, 3000, 500))
def test_tools_come_and_go_at_any_moment_of_a_turn(dialect: DialectName, after_ms: int) -> None:
    made = world(Call("look_up"), dialect=dialect)
    made.wait(after_ms)
    for tools in ([], [(BREW, 1.0)], [(LOOK_UP, 0.5)]):
        made.list_tools(tools)
        made.wait(40)
    made.until(lambda: made.turn == "idle")
    made.wait(40)
    assert made.refusals == []
    assert made.fact(f.AnswerHeard).heard_ms >= 2000
    assert made.session
    assert [tool["name"] for tool in made.session.config["tools"]] == ["look_up"]


# ---- servers that the service calls ---------------------------------------
KITCHEN = {
    "type": "mcp",
    "server_label": "kitchen",
    "server_url": "https://kitchen.example/mcp",
    "allowed_tools": ["look", "open"],
    "require_approval": {"always": ["open"], "never": ["look"]},
}


@pytest.mark.parametrize("dialect", ["ga", "voice-live"])
@pytest.mark.parametrize("pressed", [None, True, False])
def test_the_service_calls_a_server(dialect: DialectName, pressed: bool | None) -> None:
    name = "kitchen.look" if pressed is None else "kitchen.open"
    made = World(
        answers=Script([WORDS, Call(name)], [WORDS]), mode="button", dialect=dialect, servers=[KITCHEN]
    )
    made.wait(100)
    made.post(e.TextEntered("What is in the kitchen?"))
    if pressed is not None:
        made.until(lambda: made.conversation.keeper.calls.asking is not None)
    if pressed:
        made.press()
    made.until(lambda: made.turn == "idle", 20_000)
    assert made.refusals == []
    answers = [command.approved for command in made.sent_of(c.AnswerApproval)]
    assert answers == ([] if pressed is None else [pressed])
    assert len(made.sent_of(c.CreateResponse)) == 2
    assert made.fact(f.AnswerHeard).heard_ms >= 2000


def test_the_service_refuses_a_second_answer_to_a_request() -> None:
    made = World(answers=Script([Call("kitchen.open")], [WORDS]), mode="button", servers=[KITCHEN])
    made.wait(100)
    made.post(e.TextEntered("Open it."))
    made.until(lambda: made.conversation.keeper.calls.asking is not None)
    made.press()
    made.until(lambda: bool(made.sent_of(c.AnswerApproval)))
    (answer,) = made.sent_of(c.AnswerApproval)
    made._to_service(replace(answer, item_id="another"))
    made._to_service(c.AnswerApproval("of nobody", True, "and another"))
    made.wait(100)
    assert [refusal["message"] for refusal in made.refusals] == [
        f"Approval request '{answer.approval_id}' already has a response.",
        "Approval request 'of nobody' not found in conversation.",
    ]


# ---- ringing --------------------------------------------------------------
def test_an_answer_waits_while_it_rings_and_is_heard_whole() -> None:
    made = World(answers=Script([WORDS]), mode="button")
    made.wait(100)
    made.post(e.TextEntered("Tell me more."))
    made.until(lambda: made.engine.played_ms > 500)
    made.post(e.TimeReached(1, "timer", "The timer has ended."))
    made.wait(400)
    held_at = made.engine.played_ms
    assert not made.engine.playing
    sounded = bytes(made.heard)
    made.wait(3000)
    assert made.engine.played_ms == held_at
    assert max(made.heard[len(sounded) :]) > 0  # it rings
    made.post(e.RingingStopped())
    made.until(lambda: made.turn == "idle")
    assert made.engine.played_ms >= 2000
    assert made.engine._playback.underruns == 0


def test_what_comes_while_it_rings_waits_too() -> None:
    made = World(answers=Script([WORDS]), mode="button")
    made.wait(100)
    made.post(e.TimeReached(1, "timer", "The timer has ended."))
    made.post(e.TextEntered("Tell me more."))
    made.wait(3000)
    assert (made.turn, made.engine.played_ms) == ("speaking", 0)
    made.post(e.ButtonPressed())
    made.until(lambda: made.engine.played_ms >= 2000)


def test_words_of_a_reminder_are_heard_without_a_link() -> None:
    made = World(answers=Script([WORDS]), mode="button", online=False)
    made.post(e.TimeReached(1, "reminder", "Reminder: tea.", WORDS.pcm))
    made.wait(200)
    made.post(e.ButtonPressed())
    rung = len(made.heard)
    made.wait(2000)
    assert rms(bytes(made.heard[rung:])) > 300


# ---- random histories -----------------------------------------------------
@pytest.mark.parametrize(
    "first", [0, *(pytest.param(first, marks=pytest.mark.realtime) for first in range(50, HISTORIES, 50))]
)
def test_every_call_of_random_histories_has_one_output(first: int) -> None:
    """Calls, faults, interruptions, moved sessions: no call with two outputs or none, no turn lost or doubled."""
    for seed in range(first, first + 50):
        plan = draw(seed)
        plan.temper["calls"] = 0.6
        assert not run(seed, plan).complaints, seed
