"""Whole conversations, in audio time."""

from __future__ import annotations

import pytest

from edge_agent import commands as c
from edge_agent import events as e
from edge_agent.simulator.answers import Parrot, Script, Speech

from .world import LINES, World


@pytest.mark.parametrize("dialect", ["ga", "preview"])
def test_hold_and_talk(dialect: str) -> None:
    world = World(dialect=dialect)  # type: ignore[arg-type]
    world.wait(500)
    world.press()
    world.say(LINES[0])
    world.release()
    world.wait(40)
    assert world.turn == "thinking"
    world.until(lambda: world.turn == "speaking")
    world.until(lambda: world.turn == "idle")
    assert world.refusals == []
    assert len(world.conversation.transcript._items) == 2
