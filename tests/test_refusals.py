from __future__ import annotations

from .refusals import REFUSALS, shown, table


def test_the_page_says_what_the_device_says() -> None:
    assert shown() == table()


def test_each_says_what_to_do() -> None:
    assert all("; " in row.failure().message for row in REFUSALS)
