"""So many in a row, and then one at a time."""

from __future__ import annotations

from edge_agent.host.rate import RateLimit


def test_a_burst_then_so_many_a_second() -> None:
    limit = RateLimit(burst=3, each_s=0.5)
    assert [limit.allows(10.0) for _ in range(4)] == [True, True, True, False]
    assert [limit.allows(10.5), limit.allows(10.5)] == [True, False]
    assert [limit.allows(100.0) for _ in range(5)] == [True] * 3 + [False] * 2


def test_a_clock_that_goes_back_earns_nothing() -> None:
    limit = RateLimit(3, 0.5)
    assert [limit.allows(100.0) for _ in range(5)] == [True] * 3 + [False] * 2
    assert [limit.allows(100.6), limit.allows(100.7), limit.allows(99.0)] == [True, False, False]
    assert [limit.allows(200.0) for _ in range(4)] == [True] * 3 + [False]
