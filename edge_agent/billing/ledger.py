"""What the use of the service costs: by token, day and price. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TypedDict, cast

from ..config.price_settings import Prices
from .use import Use

KEPT_DAYS = 7


def cost(use: Use, prices: Prices) -> float:
    """In the currency of the prices."""
    tokens = (
        use.text_in * prices.text_in
        + use.text_cached * prices.text_cached
        + use.text_out * prices.text_out
        + use.audio_in * prices.audio_in
        + use.audio_cached * prices.audio_cached
        + use.audio_out * prices.audio_out
    )
    return tokens / 1e6 + use.transcribed_s / 60 * prices.transcribed_min + use.live_s / 60 * prices.live_min


class Spending(TypedDict):
    """What was used, and what it cost; the fields of `Use`."""

    cost: float
    responses: int
    text_in: int
    text_cached: int
    text_out: int
    audio_in: int
    audio_cached: int
    audio_out: int
    transcribed_s: float
    live_s: float


class DaySpending(Spending):
    day: str


class Costs(TypedDict):
    """`daily_cost`: what a day may cost; 0: anything. `spent`: it has. `estimated_responses`: whose bill never came.
    `assumed_responses`: whose bill did not say which tokens are text and which are audio."""

    currency: str
    daily_cost: float
    spent: bool
    today: DaySpending
    since_start: Spending
    estimated_responses: int
    assumed_responses: int


class Ledger:
    """Sums by day, and since the start. A day is any text that no other day has.

    A clock that is wrong, or jumps, books on another day for a while: nothing is counted twice, and who
    comes back to a day finds its sum. `days`: what was used before, the latest last; `total`: since
    the start.
    """

    def __init__(
        self,
        prices: Prices,
        daily_cost: float = 0.0,
        days: Mapping[str, Use] | None = None,
        total: Use | None = None,
    ) -> None:
        self.prices, self.daily_cost = prices, daily_cost
        self.days = dict(days or {})
        self.total = total or Use()
        self.estimated = 0  # responses that are booked by an estimate
        self.assumed = 0  # responses whose tokens are booked by an assumption

    def add(self, use: Use, day: str) -> None:
        self.total += use
        self.days[day] = self.days.pop(day, Use()) + use
        while len(self.days) > KEPT_DAYS:
            del self.days[next(iter(self.days))]

    def is_spent(self, day: str) -> bool:
        """Whether a day has cost what it may."""
        return 0 < self.daily_cost <= self._cost(day)

    def report(self, day: str) -> Costs:
        """For `edge-agent status`."""
        today = self.days.get(day, Use())
        return {
            "currency": self.prices.currency,
            "daily_cost": self.daily_cost,
            "spent": self.is_spent(day),
            "today": {"day": day, **self._summed(today)},
            "since_start": self._summed(self.total),
            "estimated_responses": self.estimated,
            "assumed_responses": self.assumed,
        }

    def _cost(self, day: str) -> float:
        return cost(self.days.get(day, Use()), self.prices)

    def _summed(self, use: Use) -> Spending:
        return cast("Spending", {"cost": round(cost(use, self.prices), 6), **asdict(use)})
