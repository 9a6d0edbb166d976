"""Dates that a clock can show, once it has been set."""

from __future__ import annotations

from datetime import date

FIRST_YEAR, LAST_YEAR = 2025, 2099


def can_be_right(shown: date) -> bool:
    """A board without a battery wakes up in 1970, or when its image was made."""
    return FIRST_YEAR <= shown.year <= LAST_YEAR
