"""Watches what the service bills, and tells when a day has cost what it may."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping

from ..vocabulary.events import (
    AudioDelta,
    BudgetSpent,
    Disconnected,
    Event,
    LinkSwitched,
    ResponseBilled,
    ResponseDone,
    ResponseStarted,
    UserTranscribed,
)
from ..vocabulary.sound import service_ms
from ..vocabulary.state import State
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
        self._estimates: dict[str, Use] = {}  # that are booked, and may still be put right

    def watch(self, event: Event, _: State) -> None:
        """After each event."""
        match event:
            case ResponseStarted(response_id):
                self._orders.begin(response_id)
            case AudioDelta(response_id, pcm=pcm):
                self._orders.receive(response_id, service_ms(pcm))
            case ResponseDone(billed) | ResponseBilled(billed) | UserTranscribed(billed):
                self._bill(billed, event)
            case Disconnected() | LinkSwitched():
                self._estimate()

    def _bill(self, billed: str, event: ResponseDone | ResponseBilled | UserTranscribed) -> None:
        if billed in self._billed:
            return
        self._billed.append(billed)
        use = Use.of(event)
        estimate = self._estimates.pop(billed, None)
        if estimate is not None:
            self._ledger.estimated -= 1
        self._ledger.add(use if estimate is None else use - estimate, self._today())
        if not isinstance(event, UserTranscribed):
            self._ledger.assumed += assumes(event)
            self._orders.bill(billed, use)
            self._keep(self._ledger.days)

    def _estimate(self) -> None:
        """A session is gone, and with it the bills of what it was answering."""
        lost = self._orders.lose()
        for response_id, use in lost.items():
            self._estimates[response_id] = use
            self._ledger.add(use, self._today())
        self._ledger.estimated += len(lost)
        while len(self._estimates) > MOST_ESTIMATES:
            del self._estimates[next(iter(self._estimates))]
        if lost:
            self._keep(self._ledger.days)

    def take_change(self) -> BudgetSpent | None:
        """Told once, when it is spent and when a new day begins. To be handled before anything else is: the first press
        of a day is of that day."""
        spent = self._ledger.is_spent(self._today())
        if spent is self._spent:
            return None
        self._spent = spent
        return BudgetSpent(spent)

    def report(self) -> Costs:
        return self._ledger.report(self._today())
