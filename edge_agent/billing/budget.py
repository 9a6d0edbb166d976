"""Watches what the service bills, and tells when a day has cost what it may."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping

from ..vocabulary.events import (
    AudioDelta,
    BudgetSpent,
    Disconnected,
    Event,
    InputCommitted,
    LinkSwitched,
    ResponseBilled,
    ResponseDone,
    ResponseStarted,
    SecondsBilled,
    ServiceErred,
    UserTranscribed,
    WorkPaused,
)
from ..vocabulary.sound import service_ms
from ..vocabulary.state import State, Turn
from .ledger import Costs, Ledger
from .orders import Orders
from .use import Use, assumes

MOST_ESTIMATES = 16
DAY = "%Y-%m-%d"  # what a ledger's days are, for strftime


class Budget:
    """`today`: the local day. `keep` takes the days' sums, after each response.

    Books what was ordered: a response whose end nobody heard counts by an estimate, until its bill comes.
    """

    def __init__(
        self,
        ledger: Ledger,
        *,
        today: Callable[[], str],
        keep: Callable[[Mapping[str, Use]], None] = lambda _: None,
    ) -> None:
        self._ledger, self._today, self._keep = ledger, today, keep
        self._spent = False  # as it was told
        self._billed: deque[str] = deque(maxlen=16)  # the latest ids: a network may bring an event twice
        self._orders = Orders()
        # booked, and may still be put right: of responses, and of requests whose response nobody saw begin
        self._estimates: dict[str, Use] = {}
        self._unseen: dict[str, Use] = {}
        self._booked_s: dict[str, float] = {}  # of sessions that are paid for by the minute

    def order(self, request_id: str) -> None:
        """A request for an answer has left."""
        self._orders.ask(request_id)

    def watch(self, event: Event, state: State) -> None:
        """After each event."""
        match event:
            case InputCommitted(item_id) if state.turn is Turn.THINKING and not self._orders.waits:
                self._orders.ask(item_id)  # the service ended the utterance, and answers by itself
            case ResponseStarted(response_id, request_id):
                self._orders.begin(response_id, request_id)
            case ServiceErred(request_id=str(request_id)):
                self._orders.refuse(request_id)
            case AudioDelta(response_id, pcm=pcm):
                self._orders.receive(response_id, service_ms(pcm))
            case ResponseDone(billed) | ResponseBilled(billed) | UserTranscribed(billed):
                self._bill(billed, event)
            case WorkPaused(_, response_id):
                self._bill(response_id, ResponseBilled(response_id, event.usage))
            case Disconnected() | LinkSwitched():
                self._estimate()
            case SecondsBilled():
                self._bill_seconds(event)

    def _bill(self, billed: str, event: ResponseDone | ResponseBilled | UserTranscribed) -> None:
        if billed in self._billed:
            return
        self._billed.append(billed)
        use = Use.of(event)
        estimate = self._take_estimate(billed, event)
        if estimate is not None:
            self._ledger.estimated -= 1
        self._ledger.add(use if estimate is None else use - estimate, self._today())
        if not isinstance(event, UserTranscribed):
            self._ledger.assumed += assumes(event)
            if isinstance(event, ResponseDone):
                self._orders.end(billed)
            self._orders.bill(use)
            self._keep(self._ledger.days)

    def _bill_seconds(self, used: SecondsBilled) -> None:
        """Two running totals, of which the larger counts: nobody knows which one the invoice will have, nor whether the
        first seconds are paid for in advance."""
        booked_s = self._booked_s.get(used.session_id, 0.0)
        total_s = max(booked_s, used.total_s, used.lasted_s, self._ledger.prices.live_least_s)
        self._booked_s[used.session_id] = total_s
        while len(self._booked_s) > MOST_ESTIMATES:
            del self._booked_s[next(iter(self._booked_s))]
        self._ledger.add(Use(live_s=total_s - booked_s), self._today())
        self._keep(self._ledger.days)

    def _take_estimate(
        self, billed: str, event: ResponseDone | ResponseBilled | UserTranscribed
    ) -> Use | None:
        """What is booked for it already, if anything is."""
        if billed not in self._estimates and isinstance(event, ResponseBilled) and self._unseen:
            return self._unseen.pop(next(iter(self._unseen)))
        return self._estimates.pop(billed, None)

    def _estimate(self) -> None:
        """A session is gone, and with it the bills of what it was answering."""
        lost, unseen = self._orders.lose(), self._orders.lose_requests()
        for use in (*lost.values(), *unseen.values()):
            self._ledger.add(use, self._today())
            self._ledger.estimated += 1
        self._estimates |= lost
        self._unseen |= unseen
        for estimates in self._estimates, self._unseen:
            while len(estimates) > MOST_ESTIMATES:
                del estimates[next(iter(estimates))]
        if lost or unseen:
            self._keep(self._ledger.days)

    def take_change(self) -> BudgetSpent | None:
        """Told once, when it is spent and when a new day begins. To be handled before anything else is: the first press
        of a day is of that day."""
        spent = self._ledger.daily_cost > 0 and self._ledger.is_spent(self._today())
        if spent is self._spent:
            return None
        self._spent = spent
        return BudgetSpent(spent)

    def report(self) -> Costs:
        return self._ledger.report(self._today())
