"""Random histories around the turn machine: see `python -m tests.fuzzer --help` for more of them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary.notices import Output, TurnEnded
from edge_agent.vocabulary.sound import service_ms

from .faulty import Fault, Faulty
from .plan import announcing, draw
from .run import run
from .world import World

HISTORIES = 250
SEEDS = {
    1134: "an answer that the service began by itself, and that calls a function, crosses our request",
    2011: "somebody interrupts when the answer to a function has been asked for already",
    111711: "an answer that an error was taken for the end of crosses the request for another",
    102437: "text between the end of an utterance and the last of its sound",
    106103: "the link is lost between a press over the answer and what was heard of it",
    108460: "a voice over an answer, on a spent budget, to a service that looks for its end",
}


@pytest.mark.parametrize("first", range(0, HISTORIES, 50))
def test_nothing_goes_wrong(first: int) -> None:
    for seed in range(first, first + 50):
        assert not run(seed).complaints, f"python -m tests.fuzzer --seed {seed} --trace"


@pytest.mark.parametrize(
    "first", [0, *(pytest.param(first, marks=pytest.mark.realtime) for first in (50, 100, 150))]
)
def test_nothing_goes_wrong_with_what_others_have_it_say(first: int) -> None:
    for seed in range(first, first + 50):
        assert not run(seed, announcing(seed)).complaints, seed


@pytest.mark.parametrize("seed", SEEDS, ids=str)
def test_what_went_wrong_once_does_not_again(seed: int) -> None:
    assert not run(seed).complaints


def without(*kinds: type) -> Fault:
    return lambda outputs: [output for output in outputs if not isinstance(output, kinds)]


def inexact(outputs: list[Output]) -> list[Output]:
    return [
        c.TruncateItem(output.item_id, output.audio_end_ms + 1)
        if isinstance(output, c.TruncateItem)
        else output
        for output in outputs
    ]


def late() -> Fault:
    """What was heard of an answer is told only after the next one was asked for."""
    kept: list[Output] = []

    def fault(outputs: list[Output]) -> list[Output]:
        kept.extend(output for output in outputs if isinstance(output, c.TruncateItem))
        others: list[Output] = [output for output in outputs if not isinstance(output, c.TruncateItem)]
        if any(isinstance(output, c.CreateResponse) for output in others):
            others += kept
            kept.clear()
        return others

    return fault


def clips(outputs: list[Output]) -> list[Output]:
    """Long pieces of sound are not sent."""
    return [
        output
        for output in outputs
        if not (isinstance(output, c.AppendAudio) and service_ms(output.pcm) > 250)
    ]


def asks_first(outputs: list[Output]) -> list[Output]:
    """Before it says what came of the functions that the last answer called."""
    return sorted(outputs, key=lambda output: isinstance(output, c.CreateFunctionOutput))


def twice(outputs: list[Output]) -> list[Output]:
    repeated = c.CreateResponse | c.CreateFunctionOutput | TurnEnded
    return [output for output in outputs for _ in range(1 + isinstance(output, repeated))]


@pytest.mark.parametrize(
    ("fault", "kinds"),
    [
        (without(c.TruncateItem), {"truncation-missing"}),
        (inexact, {"truncates-wrongly", "truncate-too-long"}),
        (without(c.CloseUplink), {"deaf", "no-rest"}),
        (without(c.OpenUplink), {"listens-to-nothing"}),
        (without(c.AppendAudio), {"commit-short"}),
        (without(c.CommitInput), {"word-lost"}),
        (clips, {"word-clipped", "word-lost-before-answer"}),
        (without(c.RestoreMessage), {"forgets"}),
        (without(c.CreateFunctionOutput), {"output-missing"}),
        (asks_first, {"output-missing"}),
        (without(c.MuteMicrophone), {"muted-leaves"}),
        (without(c.PlayCue), {"unanswered-untold", "press-untold"}),
        (without(TurnEnded), {"turn-never-ended", "transition"}),
        (twice, {"turn-ended-twice", "create-while-active", "output-twice"}),
    ],
)
def test_a_machine_with_a_fault_is_found_out(fault: Fault, kinds: set[str]) -> None:
    assert_found_out(lambda: fault, kinds)


def test_a_truncation_that_comes_late_is_found_out() -> None:
    assert_found_out(late, {"truncation-late"})


def assert_found_out(make_fault: Callable[[], Fault], kinds: set[str]) -> None:
    found: set[str] = set()
    for seed in range(400):
        plan = draw(seed)
        world = World(seed, plan, Faulty.of(plan, make_fault()))
        world.run()
        found |= {kind for kind, _ in world.oracles.complaints}
        if kinds <= found:
            return
    pytest.fail(f"found only {sorted(found)}")
