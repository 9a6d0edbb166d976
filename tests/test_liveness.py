"""What must move, and how long it may stand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from edge_agent.telemetry.liveness import MovingPart, Signs, Vitals

WELL = Signs(0.0, sounds=True)


def looks(*changes: dict[str, Any]) -> list[list[MovingPart]]:
    """What stands at each look, 2 s apart; sound goes on unless something else is said."""
    vitals = Vitals()
    found = []
    for count, change in enumerate(changes):
        found.append(vitals.look(replace(WELL, now=2.0 * count, **({"frames": 100 * count} | change))))
    return found


def test_all_is_well() -> None:
    assert looks({}, {}, {"deadline": 9.0, "waiting": False}) == [[], [], []]


@pytest.mark.parametrize(
    ("change", "organ"),
    [
        ({"frames": 7}, MovingPart.SOUND),
        ({"playing": True, "played_ms": 40}, MovingPart.PLAYBACK),
        ({"waiting": True, "handled": 8}, MovingPart.INBOX),
        ({"deadline": -1.0}, MovingPart.TURN),
    ],
)
def test_what_stands_is_named_until_it_moves(change: dict[str, Any], organ: MovingPart) -> None:
    assert looks(change, change, change, {}) == [[], [organ], [organ], []]


def test_a_missing_device_is_looked_for() -> None:
    lost = {"sounds": False, "frames": 7, "playing": True}
    assert looks(*({**lost, "tries": count} for count in range(20))) == [[]] * 20
    assert looks(*[lost] * 11)[9:] == [[], [MovingPart.SEARCH]]


def test_many_can_stand_at_once() -> None:
    stuck = {"frames": 7, "deadline": 0.5, "waiting": True}
    assert looks(stuck, stuck, stuck)[2] == [MovingPart.SOUND, MovingPart.INBOX, MovingPart.TURN]
