"""What one configuration makes: the device with its panel, and what is watched of it."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable
from functools import partial
from time import strftime
from typing import Any

from ..audio.cards.adapter import Card
from ..billing.budget import DAY, Budget
from ..billing.ledger import Ledger, Use, prices_of
from ..config import Config
from ..host.process_usage import usage
from ..host.state_file import Memory
from ..panel import open_panel
from ..replay.recorder import Recorder
from ..telemetry.timeline import Record
from ..vocabulary import events as e
from ..vocabulary.state import State
from .agent import Watcher
from .device import Device

log = logging.getLogger(__name__)


class Station:
    """To be made inside an event loop. `card`: a simulated one; None: real devices. `used`: of the service, since the
    start."""

    def __init__(
        self,
        config: Config,
        card: Card | None,
        memory: Memory,
        watchers: tuple[Watcher, ...] = (),
        records: Callable[[Record], None] = lambda _: None,
        used: Use | None = None,
        recorder: Recorder | None = None,
    ) -> None:
        self.config = config
        self._ledger = Ledger(prices_of(config), config.limits.daily_cost, memory.days(), used)
        self._budget = Budget(
            self._ledger,
            today=partial(strftime, DAY),
            post=lambda event: self.device.post(event),
            keep=memory.keep_days,
        )
        self.device = Device(
            config,
            card,
            records=records,
            recorder=recorder,
            watchers=(*watchers, memory.watch, self._budget.watch, self._show),
            volume=memory.volume(config.audio.volume),
            muted=memory.muted,
        )
        self._panel = open_panel(config, self._handle, asyncio.get_running_loop())
        for fault in self._panel.faults:
            log.warning("%s", fault)

    async def run(self) -> None:
        """Until `device.stop`. Raises LinkFailure where only a change of the configuration can help."""
        try:
            await self.device.run()
        finally:
            self._panel.close()

    @property
    def panel_faults(self) -> str:
        """What of button and light does not work; empty: all is well."""
        return "; ".join(self._panel.faults)

    def counters(self) -> dict[str, Any]:
        """Of the sound."""
        counters = self.device.audio.counters
        return {
            "overruns": counters.overruns,
            "underruns": counters.underruns,
            "latency_ms": counters.latency_ms,
            "level_db": round(counters.level_db, 1),
        }

    def processes(self) -> dict[str, Any]:
        """What each of ours takes of the machine."""
        pids = {"agent": os.getpid(), "audio": self.device.audio.pid}
        return {name: used for name, pid in pids.items() if pid and (used := usage(pid))}

    @property
    def used(self) -> Use:
        """Of the service, since the start."""
        return self._ledger.total

    def costs(self) -> dict[str, Any]:
        return self._budget.report()

    def _handle(self, event: e.Event) -> None:
        """From the panel. The first press of a day is of that day."""
        self._budget.look()
        self.device.post(event)

    def _show(self, _: e.Event, state: State) -> None:
        self._panel.show(state.mode)
