"""How long people waited and what it cost, by hours."""

from __future__ import annotations

from typing import Any

import pytest

from edge_agent.telemetry.hours import MOST_WAITS, Hours
from edge_agent.telemetry.turn_summary import TurnSummary


def turn(wait_ms: int | None) -> TurnSummary:
    return TurnSummary(1, "answered", "button", release_to_sound_ms=wait_ms)


def told(hours: Hours, day: str = "monday") -> list[tuple[Any, ...]]:
    return [tuple(hour.values()) for hour in hours.report(day)]


def test_each_hour_has_its_own() -> None:
    hours = Hours()
    for hour, wait_ms in ((9, 800), (9, None), (9, 400), (9, 500), (22, 700)):
        hours.add(turn(wait_ms), "monday", hour)
    assert not hours.cost("monday", 8, 0.0)
    assert [hours.cost("monday", 9, cost) for cost in (0.1, 0.25, 0.25)] == [True, False, False]
    assert hours.cost("monday", 10, 0.35)
    assert told(hours) == [(9, 3, 500, 800, 0.25), (10, 0, None, None, 0.1), (22, 1, 700, 700, 0.0)]
    assert told(hours, "tuesday") == []
    hours.add(turn(300), "tuesday", 1)
    assert told(hours, "tuesday") == [(1, 1, 300, 300, 0.0)]


def test_an_estimate_that_is_put_right_later_costs_nothing() -> None:
    hours = Hours()
    hours.cost("monday", 9, 0.5)
    hours.cost("monday", 10, 0.3)
    assert [(hour["hour"], hour["cost"]) for hour in hours.report("monday")] == [(9, 0.5)]


def test_costs_survive_a_restart() -> None:
    before = Hours()
    before.cost("monday", 9, 0.5)
    after = Hours(before.kept)
    after.cost("monday", 14, 0.7)
    assert [(hour["hour"], hour["cost"]) for hour in after.report("monday")] == [(9, 0.5), (14, 0.2)]


@pytest.mark.parametrize(
    ("kept", "costs"),
    [
        (None, []),
        ([], []),
        ({"day": "monday"}, []),
        ({"day": "monday", "costs": []}, []),
        ({"day": "sunday", "costs": {"9": 0.5}}, []),
        (
            {
                "day": "monday",
                "costs": {"9": -1, "24": 1, "x": 1, "10": "1", "11": 1e20, "12": True, "13": 2},
            },
            [2],
        ),
    ],
)
def test_what_a_disk_has_spoilt_is_left_out(kept: Any, costs: list[float]) -> None:
    assert [hour["cost"] for hour in Hours(kept).report("monday")] == costs


def test_its_memory_is_bounded() -> None:
    hours = Hours()
    for wait_ms in range(2 * MOST_WAITS):
        hours.add(turn(wait_ms), "monday", 9)
    assert told(hours)[0][1] == MOST_WAITS
