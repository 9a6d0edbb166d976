"""Whole conversations, in audio time."""

from __future__ import annotations

import pytest

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
