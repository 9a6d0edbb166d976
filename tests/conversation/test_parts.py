"""The parts of the turn machine, and which of them each event asks."""

from __future__ import annotations

from edge_agent.conversation.machine import Conversation
from edge_agent.conversation.parts.part import NOTHING, Part


def test_those_that_are_not_asked_have_nothing_to_say() -> None:
    parts = Conversation().parts
    untimed = [part for part in parts if type(part).due is Part.due]
    restless = [part for part in parts if type(part).rest is Part.rest]
    unsettled = [part for part in parts if type(part).settle is Part.settle]
    assert untimed
    assert restless
    assert unsettled
    assert [part for part in untimed if part.due is not None] == []
    assert [part for part in restless if part.rest(0.0) is not None] == []
    assert [part for part in unsettled if part.settle(0.0) is not NOTHING] == []
