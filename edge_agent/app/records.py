"""Where the records of the timeline go: into the journal, the turns of the day, and what is kept for a report."""

from __future__ import annotations

from collections.abc import Callable

from ..billing.budget import Budget
from ..host.journal.sentences import JournalWriter
from ..host.state_file import Memory
from ..report.history import History
from ..telemetry.facts import ResponseRequested
from ..telemetry.hours import Hours
from ..telemetry.records import Record
from ..telemetry.status_shape import HourStatus, TurnLatencies
from ..telemetry.turn_log import Day, TurnLog, TurnSummary


def booking(budget: Budget, records: Callable[[Record], None]) -> Callable[[Record], None]:
    """What `records` does, and the budget learns of each answer that is asked for."""

    def add(record: Record) -> None:
        if isinstance(record.fact, ResponseRequested):
            budget.order(record.fact.request_id)
        records(record)

    return add


class Records:
    """`now`: the local day, and the hour."""

    def __init__(self, now: Callable[[], tuple[str, int]], memory: Memory) -> None:
        self._now, self._memory = now, memory
        self._hours = Hours(memory.hours)
        self.journal, self.history = JournalWriter(), History()
        self._turns, self._day = TurnLog(self._end_turn), Day()

    def begin(self) -> None:
        """Another device, which counts its turns from 1."""
        self.close()
        self._turns = TurnLog(self._end_turn)
        self.history.begin()

    def add(self, record: Record) -> None:
        """The next of the timeline."""
        self.journal.record(record)
        self._turns.record(record)
        self.history.add(record)

    def latency(self) -> TurnLatencies:
        """Of today's turns, for `edge-agent status`."""
        return self._day.report(self._now()[0])

    def hours(self) -> list[HourStatus]:
        """Of today, for the same."""
        return self._hours.report(self._now()[0])

    def cost(self, today: float) -> None:
        """What today has cost by now; to be told now and then."""
        if self._hours.cost(*self._now(), today):
            self._memory.keep_hours(self._hours.kept)

    def close(self) -> None:
        """No more of this device."""
        self._turns.close()
        if (hours := self._hours.kept) and hours != self._memory.hours:
            self._memory.keep_hours(hours)

    def _end_turn(self, summary: TurnSummary) -> None:
        self.journal.turn(summary)
        day, hour = self._now()
        self._day.add(summary, day)
        self._hours.add(summary, day, hour)
