"""Waits as services word them, from their documentation and from reports of other clients."""

from __future__ import annotations

import pytest

from edge_agent.realtime.wire.waits import LONGEST_S, wait_of


@pytest.mark.parametrize(
    ("words", "wait_s"),
    [
        (
            "Rate limit reached for gpt-realtime on tokens per min (TPM): Limit 40000. Please try again in 7.5s.",
            7.5,
        ),
        ("Please try again in 6ms.", 0.006),
        ("Please try again in 1m30s. Visit the page on rate limits.", 90.0),
        ("Please retry after 20 seconds.", 20.0),
        ("Requests have exceeded the call rate limit. Please retry after 1 minute.", 60.0),
        ("wait 2 hours", 7200.0),
        ("try again in 3 fortnights", 0.0),
        ("try again in 9999 hours", LONGEST_S),
        ("Limit 40000, used 39000.", 0.0),
        ("Try again later.", 0.0),
        ("", 0.0),
    ],
)
def test_a_wait_is_read_from_its_words(words: str, wait_s: float) -> None:
    assert wait_of(words) == pytest.approx(wait_s)
