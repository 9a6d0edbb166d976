"""Watches what the service bills, and tells when a day has cost what it may."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping

from ..vocabulary.events import BudgetSpent, Event, ResponseDone, UserTranscribed
from ..vocabulary.state import State
from .ledger import Costs, Ledger, Use

DAY = "%Y-%m-%d"  # what a ledger's days are, for strftime


class Budget:
    """`today`: the local day. `keep` takes the days' sums, after each response."""

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

    def watch(self, event: Event, _: State) -> None:
        """After each event."""
        match event:
            case ResponseDone(billed) | UserTranscribed(billed) if billed not in self._billed:
                self._billed.append(billed)
                self._ledger.add(Use.of(event), self._today())
                if isinstance(event, ResponseDone):
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
