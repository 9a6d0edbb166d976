"""How long a service asks to wait, in its own words. Pure."""

from __future__ import annotations

import re

UNITS_S = {
    "ms": 0.001,
    "s": 1.0,
    "sec": 1.0,
    "second": 1.0,
    "m": 60.0,
    "min": 60.0,
    "minute": 60.0,
    "h": 3600.0,
    "hour": 3600.0,
}
AFTER = re.compile(
    r"\b(?:try again|retry|retry after|wait)\b[^.\d]{0,40}?((?:\d+(?:\.\d+)?\s*[a-z]+\s*)+)", re.I
)
AMOUNT = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]+)", re.I)
LONGEST_S = 86_400.0


def wait_of(words: str) -> float:
    """Seconds, from texts as "Please try again in 7.5s", "retry after 20 seconds", "wait 1m30s"; 0: none is named."""
    found = AFTER.search(words)
    if found is None:
        return 0.0
    waits = [
        float(number) * UNITS_S[unit]
        for number, unit in ((number, _singular(unit)) for number, unit in AMOUNT.findall(found[1]))
        if unit in UNITS_S
    ]
    return min(sum(waits), LONGEST_S)


def _singular(unit: str) -> str:
    unit = unit.lower()
    return unit if unit in UNITS_S else unit.removesuffix("s")
