"""How long people waited, and what it cost, by the hours of a day. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .status_shape import HourStatus
from .turn_log import percentile
from .turn_summary import TurnSummary

MOST_WAITS = 500  # of an hour


class Hours:
    """Days are any texts; hours from 0 to 23. `kept`: what `kept` was before a restart."""

    def __init__(self, kept: Any = None) -> None:
        self._waits: dict[int, list[int]] = {}
        self._day, self._costs = _read(kept)  # by hour: what the day had cost at its end, or by now

    @property
    def kept(self) -> dict[str, Any]:
        """What of it survives a restart: costs. Empty where there are none."""
        costs = {str(hour): cost for hour, cost in self._costs.items()}
        return {"day": self._day, "costs": costs} if costs else {}

    def add(self, summary: TurnSummary, day: str, hour: int) -> None:
        """A turn that is over."""
        self._begin(day)
        if summary.release_to_sound_ms is not None:
            waits = self._waits.setdefault(hour, [])
            waits.append(summary.release_to_sound_ms)
            del waits[:-MOST_WAITS]

    def cost(self, day: str, hour: int, cost: float) -> bool:
        """What the day has cost by now. Whether it is the first of an hour, and so those before it are to be kept."""
        self._begin(day)
        if cost == max(self._costs.values(), default=0.0):
            return False
        is_new = hour not in self._costs
        self._costs[hour] = cost
        return is_new

    def report(self, day: str) -> list[HourStatus]:
        """For the status: the hours in which something was said or paid for."""
        self._begin(day)
        spent = self._spent()
        return [
            {
                "hour": hour,
                "turns": len(waits := self._waits.get(hour, [])),
                "p50_ms": percentile(waits, 50) if waits else None,
                "p95_ms": percentile(waits, 95) if waits else None,
                "cost": round(spent.get(hour, 0.0), 6),
            }
            for hour in range(24)
            if hour in self._waits or spent.get(hour, 0.0) > 0
        ]

    def _spent(self) -> dict[int, float]:
        """In each hour. An estimate may be put right in a later one, which then has cost less than nothing: nothing."""
        before, spent = 0.0, {}
        for hour, cost in sorted(self._costs.items()):
            spent[hour] = max(0.0, cost - before)
            before = cost
        return spent

    def _begin(self, day: str) -> None:
        if day != self._day:
            self._day = day
            self._waits.clear()
            self._costs.clear()


def _read(kept: Any) -> tuple[str, dict[int, float]]:
    """What a disk may have spoilt."""
    if not isinstance(kept, Mapping) or not isinstance(costs := kept.get("costs"), Mapping):
        return "", {}
    hours = {str(hour): hour for hour in range(24)}
    good = {
        hours[name]: float(cost)
        for name, cost in costs.items()
        if name in hours and type(cost) in (int, float) and 0 <= cost < 1e12
    }
    return str(kept.get("day", "")), good
