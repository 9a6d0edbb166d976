from __future__ import annotations

from edge_agent.realtime.backoff import EARNED_S, FIRST_S, LONGEST_S, LONGEST_UNREACHED_S, Backoff


def test_it_doubles_to_a_limit_and_is_earned_back_by_lasting() -> None:
    backoff = Backoff(jitter=lambda: 1.0)
    waits = [backoff.soon() for _ in range(20)]
    assert waits[:4] == [FIRST_S, 2 * FIRST_S, 4 * FIRST_S, 8 * FIRST_S]
    assert waits[-1] == LONGEST_S
    backoff.lasted(EARNED_S - 1)
    assert backoff.soon() == LONGEST_S
    backoff.lasted(EARNED_S)
    assert backoff.soon() == FIRST_S


def test_a_network_that_comes_back_is_found_soon() -> None:
    """However long it was away: an attempt that reaches nobody presses nobody."""
    backoff = Backoff(jitter=lambda: 1.0)
    assert [backoff.unreached() for _ in range(30)][-1] == LONGEST_UNREACHED_S
    backoff.lasted(1)
    assert backoff.unreached() == FIRST_S
    assert backoff.soon() == FIRST_S  # the service had no part in it


def test_full_jitter() -> None:
    assert Backoff(jitter=lambda: 0.0).soon() == 0
    waits = [Backoff().soon() for _ in range(100)]
    assert len(set(waits)) > 90
    assert all(0 <= wait <= FIRST_S for wait in waits)


def test_where_only_a_person_can_help_it_waits_long() -> None:
    assert Backoff(jitter=lambda: 0.0).later() == 60
    assert Backoff(jitter=lambda: 1.0).later() == 300
