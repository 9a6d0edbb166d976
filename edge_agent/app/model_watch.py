"""Watches the model in use: what the service says of it, and what the calendar says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from ..config import Config
from ..host.surface import Find
from ..telemetry.model_findings import model_findings
from ..vocabulary import events as e
from ..vocabulary.state import State


class ModelWatch:
    """`find` takes what is wrong, `remind` tells it again: once a day. `today`: None where the clock cannot be trusted.
    `learned` takes the service's name for its model."""

    def __init__(
        self,
        config: Config,
        *,
        find: Find,
        remind: Callable[[str], None],
        today: Callable[[], date | None],
        learned: Callable[[str], None],
    ) -> None:
        self._config, self._find, self._remind = config, find, remind
        self._today, self._learned = today, learned
        self._told = ""
        self._day = today()
        self._found: frozenset[str] = frozenset()
        self._judge()

    def watch(self, event: e.Event, _: State) -> None:
        """After each event."""
        if isinstance(event, e.Connected | e.LinkSwitched):
            self._told = event.model
            self._learned(self._told)
            self._judge()

    def look(self) -> None:
        """At the calendar."""
        if (today := self._today()) == self._day:
            return
        known, self._day = self._found, today
        self._judge()
        for about in sorted(known & self._found):
            self._remind(about)

    def _judge(self) -> None:
        findings = model_findings(self._config, self._told, self._day)
        self._found = frozenset(about for about, finding in findings.items() if finding)
        for about, finding in findings.items():
            self._find(about, finding)
