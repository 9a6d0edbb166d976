"""Runs a history, many of them, and finds the smallest that still shows the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from .plan import Plan, draw
from .world import World


@dataclass
class Result:
    seed: int
    complaints: list[tuple[str, str]]

    @property
    def kinds(self) -> set[str]:
        return {kind for kind, _ in self.complaints}


def run(seed: int, plan: Plan | None = None) -> Result:
    world = World(seed, plan or draw(seed))
    world.run()
    return Result(seed, world.oracles.complaints)


def traced(seed: int, plan: Plan | None = None) -> list[str]:
    world = World(seed, plan or draw(seed), trace=True)
    world.run()
    assert world.trace is not None
    return world.trace


PLAIN: dict[str, float | bool] = {"badness": 0.0, "calls": 0.0, "tagged": True, "transcribes": 1.0}


def shrink(seed: int, kind: str) -> Plan:
    """A plan with as few acts as possible that still leads to a complaint of this kind."""
    plan = draw(seed)
    at = 0
    while at < len(plan.acts):
        less = replace(plan, acts=plan.acts[:at] + plan.acts[at + 1 :])
        if kind in run(seed, less).kinds:
            plan = less
        else:
            at += 1
    simpler: list[Callable[[Plan], Plan]] = [
        lambda plan: replace(plan, muted=False),
        lambda plan: replace(plan, stops=False),
        lambda plan: replace(plan, away_at_rest=False),
    ]
    simpler += [partial(_plain, name) for name in PLAIN]
    for simplify in simpler:
        if kind in run(seed, simplify(plan)).kinds:
            plan = simplify(plan)
    return plan


def _plain(name: str, plan: Plan) -> Plan:
    return replace(plan, temper=plan.temper | {name: PLAIN[name]})
