"""Scripts of calls, for the simulated service."""

from __future__ import annotations

import pytest

from edge_agent.simulator.answers import Asked, Call, Script, Speech
from edge_agent.simulator.calling import Calling, ScriptStep, steps_of

PASTA = Call("set_timer", '{"seconds": 3, "name": "a; b"}')


@pytest.mark.parametrize(
    ("script", "steps"),
    [
        ("Hello; you.", [ScriptStep("Hello; you.", ())]),
        ("call:get_time", [ScriptStep("", (Call("get_time"),))]),
        (
            'One moment. call:set_timer {"seconds": 3, "name": "a; b"} call:get_time; parrot',
            [ScriptStep("One moment.", (PASTA, Call("get_time"))), ScriptStep("parrot", ())],
        ),
        (
            "call:a; call:b; Done.",
            [ScriptStep("", (Call("a"),)), ScriptStep("", (Call("b"),)), ScriptStep("Done.", ())],
        ),
    ],
)
def test_what_a_script_says(script: str, steps: list[ScriptStep]) -> None:
    assert steps_of(script) == steps


def test_a_script_that_is_wrong() -> None:
    with pytest.raises(ValueError, match="the arguments of a call are not valid JSON"):
        steps_of("call:a {seconds}")


def test_each_question_begins_the_script_again() -> None:
    heard: list[str] = []

    class Voice(Script):
        def answer(self, asked: Asked) -> list[Speech]:
            heard.append(asked.text)
            return [Speech("words")]

    calling = Calling(steps_of("call:a; call:b; Done."), lambda _: Voice([]))
    question, outputs = Asked("a question"), Asked("a question", outputs=("1", "2"))
    assert calling.answer(question) == [Call("a")]
    assert calling.answer(outputs) == [Call("b")]
    assert calling.answer(outputs) == [Speech("words")]
    assert calling.answer(outputs) == [Speech("words")]
    assert heard == ["1; 2", "1; 2"]
    assert calling.answer(question) == [Call("a")]
    assert calling.answer(Asked()) == [Speech("words")]  # something that the device has to tell
