from __future__ import annotations

from edge_agent.realtime.errors import Next

from .refusals import REFUSALS, shown, table


def test_the_page_says_what_the_device_says() -> None:
    assert shown() == table()


def test_each_says_what_to_do() -> None:
    told = [row.failure() for row in REFUSALS]
    assert all("; " in failure.message for failure in told if failure.next is not Next.RETRY)
