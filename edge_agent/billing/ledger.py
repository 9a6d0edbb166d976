"""What the service was used for, and what that costs: by token, day and price."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, astuple, dataclass, fields, replace
from typing import Any, TypedDict, cast

from ..config.model import Config, Prices
from ..vocabulary.events import ResponseBilled, ResponseDone, UserTranscribed

KEPT_DAYS = 7
LARGEST_COUNT = 2.0**53  # of anything that is counted
MODEL = "gpt-realtime"  # what a deployment is taken for whose name says nothing

# USD, by what the name of a model begins with; the longest that fits. As in the price file of litellm
# 1.109.1 (2026-11), which cites the vendors.
KNOWN = {
    "gpt-realtime": Prices("USD", 4.00, 0.40, 16.00, 32.00, 0.40, 64.00, 0.017),
    "gpt-realtime-20": Prices("USD", 4.00, 0.40, 16.00, 32.00, 0.40, 64.00, 0.017),  # its snapshots, by date
    "gpt-realtime-2": Prices("USD", 4.00, 0.40, 24.00, 32.00, 0.40, 64.00, 0.017),
    "gpt-realtime-mini": Prices("USD", 0.60, 0.06, 2.40, 10.00, 0.30, 20.00, 0.017),
    "gpt-realtime-2.1-mini": Prices("USD", 0.60, 0.06, 2.40, 10.00, 0.30, 20.00, 0.017),
    "gpt-4o-realtime-preview": Prices("USD", 5.00, 2.50, 20.00, 40.00, 2.50, 80.00, 0.017),
    "gpt-4o-realtime-preview-2024-10-01": Prices("USD", 5.00, 2.50, 20.00, 100.00, 20.00, 200.00, 0.017),
    "gpt-4o-mini-realtime-preview": Prices("USD", 0.60, 0.30, 2.40, 10.00, 0.30, 20.00, 0.017),
}


@dataclass(frozen=True, slots=True)
class Use:
    """Tokens, each counted once (what was cached is not in `_in`), and seconds that were written down."""

    responses: int = 0
    text_in: int = 0
    text_cached: int = 0
    text_out: int = 0
    audio_in: int = 0
    audio_cached: int = 0
    audio_out: int = 0
    transcribed_s: float = 0.0

    def __add__(self, other: Use) -> Use:
        return Use(*(ours + theirs for ours, theirs in zip(astuple(self), astuple(other), strict=True)))

    def __sub__(self, other: Use) -> Use:
        return Use(*(ours - theirs for ours, theirs in zip(astuple(self), astuple(other), strict=True)))

    @classmethod
    def of(cls, event: ResponseDone | ResponseBilled | UserTranscribed) -> Use:
        """What the service bills for with this event. Less than nothing counts as nothing."""
        if isinstance(event, UserTranscribed):
            return cls(transcribed_s=max(0.0, event.seconds))
        usage = event.usage
        text, audio = max(0, usage.input_text), max(0, usage.input_audio)
        text_cached = min(max(0, usage.cached_text), text)
        audio_cached = min(max(0, usage.cached_audio), audio)
        return cls(
            responses=1,
            text_in=text - text_cached,
            text_cached=text_cached,
            text_out=max(0, usage.output_text),
            audio_in=audio - audio_cached,
            audio_cached=audio_cached,
            audio_out=max(0, usage.output_audio),
        )

    @classmethod
    def read(cls, written: Any) -> Use | None:
        """From what `asdict` made, and a disk may have spoilt; None: that is no use."""
        names = {item.name for item in fields(cls)}
        if not isinstance(written, dict) or not written.keys() <= names:
            return None
        if not all(type(value) in (int, float) and 0 <= value < LARGEST_COUNT for value in written.values()):
            return None
        return cls(**written)


def prices_of(config: Config) -> Prices:
    """Those that are set, and for the others what is known."""
    model = config.service.deployment.lower()
    known = KNOWN[max((name for name in KNOWN if model.startswith(name)), key=len, default=MODEL)]
    ours = asdict(config.prices)
    unset = {name: price for name, price in asdict(known).items() if name != "currency" and ours[name] < 0}
    return replace(config.prices, **unset)


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
    return tokens / 1e6 + use.transcribed_s / 60 * prices.transcribed_min


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


class DaySpending(Spending):
    day: str


class Costs(TypedDict):
    """`daily_cost`: what a day may cost; 0: anything. `spent`: it has. `estimated_responses`: whose bill never came."""

    currency: str
    daily_cost: float
    spent: bool
    today: DaySpending
    since_start: Spending
    estimated_responses: int


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
        }

    def _cost(self, day: str) -> float:
        return cost(self.days.get(day, Use()), self.prices)

    def _summed(self, use: Use) -> Spending:
        return cast("Spending", {"cost": round(cost(use, self.prices), 6), **asdict(use)})
