from __future__ import annotations

from edge_agent.latencies import MOST_KEPT, Day, Percentiles
from edge_agent.turn_summary import TurnSummary


def test_percentiles_are_values_that_there_were() -> None:
    some = Percentiles()
    assert (some.at(50), len(some)) == (None, 0)
    some.add(7)
    assert (some.at(50), some.at(95), some.at(100)) == (7, 7, 7)
    for value in range(100, 0, -1):
        some.add(value)
    assert (some.at(50), some.at(95), some.at(100), some.at(0.1)) == (50, 95, 100, 1)


def test_only_the_latest_are_kept() -> None:
    some = Percentiles()
    for value in range(3 * MOST_KEPT):
        some.add(value)
    assert len(some) == MOST_KEPT
    assert some.at(0.1) == 2 * MOST_KEPT


def test_a_day() -> None:
    dates = ["2030-01-01"]
    day = Day(lambda: dates[-1])
    assert day.report()["last"] is None
    for number, waited_ms in enumerate((400, 500, 900), 1):
        day.add(TurnSummary(number, "button", "answered", release_to_sound_ms=waited_ms, tokens=7))
    day.add(TurnSummary(4, "speech", "failed", "dns"))
    report = day.report()
    assert (report["day"], report["turns"]) == ("2030-01-01", {"answered": 3, "failed": 1})
    assert report["latencies"]["release_to_sound_ms"] == {"p50": 500, "p95": 900, "count": 3}
    assert report["latencies"]["press_to_sent_ms"] == {"p50": None, "p95": None, "count": 0}
    assert (report["last"]["turn_id"], report["last"]["why"], report["last"]["heard_ms"]) == (4, "dns", None)

    dates.append("2030-01-02")
    report = day.report()
    assert (report["day"], report["turns"], report["last"]["turn_id"]) == ("2030-01-02", {}, 4)
    assert report["latencies"]["release_to_sound_ms"]["count"] == 0
    day.add(TurnSummary(5, "text", "answered"))
    assert day.report()["turns"] == {"answered": 1}
