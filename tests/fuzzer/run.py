"""Runs a history, many of them, and finds the smallest that still shows the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from tests.duplex_fuzzer import plan as duplex_plan
from tests.duplex_fuzzer.world import DuplexWorld

from . import plan as turn_plan
from .history import History
from .plan import Plan
from .world import World


@dataclass
class Result:
    seed: int
    complaints: list[tuple[str, str]]

    @property
    def kinds(self) -> set[str]:
        return {kind for kind, _ in self.complaints}


def draw(seed: int, *, duplex: bool = False) -> Plan:
    return duplex_plan.draw(seed) if duplex else turn_plan.draw(seed)


def _world(seed: int, plan: Plan | None, *, duplex: bool, trace: bool = False) -> History:
    make: type[World | DuplexWorld] = DuplexWorld if duplex else World
    world = make(seed, plan or draw(seed, duplex=duplex), trace=trace)
    world.run()
    return world


def run(seed: int, plan: Plan | None = None, *, duplex: bool = False) -> Result:
    """`duplex`: of the machine for GPT-Live."""
    return Result(seed, _world(seed, plan, duplex=duplex).oracles.complaints)


def traced(seed: int, plan: Plan | None = None, *, duplex: bool = False) -> list[str]:
    trace = _world(seed, plan, duplex=duplex, trace=True).trace
    assert trace is not None
    return trace


PLAIN: dict[str, float | bool] = {"badness": 0.0, "calls": 0.0, "tagged": True, "transcribes": 1.0}
PLAIN |= dict.fromkeys(("deaf", "stubborn", "pauses", "early", "works", "refuses"), 0.0)


def shrink(seed: int, kind: str, *, duplex: bool = False) -> Plan:
    """A plan with as few acts as possible that still leads to a complaint of this kind."""
    plan = draw(seed, duplex=duplex)
    at = 0
    while at < len(plan.acts):
        less = replace(plan, acts=plan.acts[:at] + plan.acts[at + 1 :])
        if kind in run(seed, less, duplex=duplex).kinds:
            plan = less
        else:
            at += 1
    simpler: list[Callable[[Plan], Plan]] = [
        lambda plan: replace(plan, muted=False),
        lambda plan: replace(plan, stops=False),
        lambda plan: replace(plan, away_at_rest=False),
    ]
    simpler += [partial(_plain, name) for name in PLAIN if name in plan.temper]
    for simplify in simpler:
        if kind in run(seed, simplify(plan), duplex=duplex).kinds:
            plan = simplify(plan)
    return plan


def _plain(name: str, plan: Plan) -> Plan:
    return replace(plan, temper=plan.temper | {name: PLAIN[name]})
