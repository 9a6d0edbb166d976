"""Random histories around the duplex machine: `python -m tests.fuzzer --duplex --help` for more of them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from edge_agent.conversation.duplex.duplex_machine import DuplexConversation
from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.notices import Output, TurnEnded
from edge_agent.vocabulary.state import State
from tests.fuzzer.run import run

from .plan import draw
from .world import DuplexWorld

Fault = Callable[[list[Output]], list[Output]]


class Faulty(DuplexConversation):
    """`fault` changes what is decided."""

    fault: Fault

    def handle(self, event: e.Event, now: float) -> list[Output]:
        return self.fault(super().handle(event, now))


@pytest.mark.parametrize(
    "first",
    [0, *(pytest.param(first, marks=pytest.mark.realtime) for first in range(20, 120, 20))],
)
def test_nothing_goes_wrong(first: int) -> None:
    for seed in range(first, first + 20):
        result = run(seed, duplex=True)
        assert not result.complaints, f"python -m tests.fuzzer --duplex --seed {seed} --trace"


def without(*kinds: type) -> Fault:
    return lambda outputs: [output for output in outputs if not isinstance(output, kinds)]


def twice(outputs: list[Output]) -> list[Output]:
    return [output for output in outputs for _ in range(1 + isinstance(output, TurnEnded))]


def forgets_silently(outputs: list[Output]) -> list[Output]:
    return [output for output in outputs if not isinstance(output, c.PlayCue)]


@pytest.mark.realtime
@pytest.mark.parametrize(
    ("fault", "kinds"),
    [
        (without(c.AppendAudio), {"word-lost"}),
        (without(c.Tell), {"text-lost"}),
        (without(c.CloseLink), {"wanted-by-nobody"}),
        (without(c.CreateFunctionOutput), {"half-answered"}),
        (without(c.StopPlayback), {"not-stopped"}),
        (without(c.MuteMicrophone), {"muted-leaves"}),
        (without(c.Play), {"answer-unheard"}),
        (without(TurnEnded), {"turn-never-ended"}),
        (forgets_silently, {"word-lost", "unanswered-untold"}),
        (twice, {"turn-ended-twice"}),
    ],
)
def test_a_machine_with_a_fault_is_found_out(fault: Fault, kinds: set[str]) -> None:
    found: set[str] = set()
    for seed in range(300):
        plan = draw(seed)
        conversation = Faulty(plan.turn_settings(), State(muted=plan.muted))
        conversation.fault = fault
        world = DuplexWorld(seed, plan, conversation)
        world.run()
        found |= {kind for kind, _ in world.oracles.complaints}
        if kinds <= found:
            return
    pytest.fail(f"found only {sorted(found)}")
