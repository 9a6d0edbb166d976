from __future__ import annotations

import pytest

from edge_agent.realtime.expiry import Lifetime


@pytest.mark.parametrize(
    ("expires_at", "lasts_s"),
    [
        (1000.0 + 1800, 1800.0),
        (None, 3600.0),
        (500.0, 3600.0),  # over already: the clock of one of them is wrong
        (1000.0 + 9999, 3600.0),  # longer than any
    ],
)
def test_how_long_a_session_lives(expires_at: float | None, lasts_s: float) -> None:
    assert Lifetime.of(expires_at, 1000.0, 3600.0).lasts_s == lasts_s


def test_when_the_next_one_is_prepared() -> None:
    hour, short = Lifetime(3600.0), Lifetime(8.0)
    assert (hour.early_s, hour.late_s) == (3300.0, 3580.0)
    assert (short.early_s, short.late_s) == (6.0, 7.6)
    assert Lifetime.of(None, 0.0, 1800.0).late_s == 1780.0
