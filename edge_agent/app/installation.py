"""What one configuration makes: the device with its panel, and what is watched of it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from datetime import date
from typing import Any

from ..audio.cards.card import Card
from ..billing.budget import Budget
from ..billing.ledger import Costs, Ledger
from ..billing.use import Use
from ..config import Config
from ..config.known_prices import prices_of
from ..files.folders import state_folder
from ..host.process_usage import usage
from ..host.state_file import Memory
from ..host.surface import Find
from ..panel import open_panel
from ..replay.recorder import Recorder
from ..telemetry.records import Record
from ..telemetry.status import Finding
from ..telemetry.status_shape import ProcessUse, SoundCounters
from ..vocabulary import events as e
from ..vocabulary.commands import GroupCommand
from ..vocabulary.sound import SILENT_DBFS
from ..vocabulary.state import State
from .agent import Watcher
from .device import Device
from .model_watch import ModelWatch
from .records import booking


class Station:
    """To be made inside an event loop. `card`: a simulated one; None: real devices. `today`: the local day. `find`
    and `remind` take what is wrong with panel and model. `date`: None where the clock cannot be trusted. `used`: of the
    service, since the start. `health`: what the device may tell of itself. `tell_group` takes what the other devices
    of its group are to know, `taken` tells whether an event of the panel is for somebody else."""

    def __init__(
        self,
        config: Config,
        card: Card | None,
        memory: Memory,
        *,
        today: Callable[[], str],
        date: Callable[[], date | None],
        find: Find,
        remind: Callable[[str], None],
        watchers: tuple[Watcher, ...],
        records: Callable[[Record], None],
        used: Use | None,
        recorder: Recorder,
        health: Callable[[], dict[str, Any]],
        tell_group: Callable[[GroupCommand], None],
        taken: Callable[[e.Event], bool],
    ) -> None:
        self.config, self._find = config, find
        self._ledger = Ledger(prices_of(config), config.limits.daily_cost, memory.days(), used)
        self._budget = Budget(self._ledger, today=today, keep=memory.keep_days)
        self._model = ModelWatch(config, find=find, remind=remind, today=date, learned=self._price)
        self.device = Device(
            config,
            card,
            records=booking(self._budget, records),
            recorder=recorder,
            watchers=(*watchers, memory.watch, self._model.watch, self._budget.watch, self._show),
            urgent=self._budget.take_change,
            volume=memory.volume(config.audio.volume),
            muted=memory.muted,
            timers=state_folder() / "timers.json",
            health=health,
            find=find,
            tell_group=tell_group,
        )
        self._taken = taken
        self._panel = open_panel(config, self.press, asyncio.get_running_loop())
        self._look_at_panel()

    def press(self, event: e.Event) -> None:
        """Of the panel."""
        if not self._taken(event):
            self.device.post(event)

    async def run(self) -> None:
        """Until `device.stop`. Raises LinkFailure where only a change of the configuration can help."""
        try:
            await self.device.run()
        finally:
            self._panel.close()
            self.device.alarm_clock.finish()

    def look(self) -> None:
        """At what changes without an event: the day, and the panel."""
        self._model.look()
        if change := self._budget.take_change():
            self.device.post(change)
        self._look_at_panel()

    def counters(self) -> SoundCounters:
        """Of the sound."""
        counters = self.device.audio.counters
        return {
            "overruns": counters.overruns,
            "underruns": counters.underruns,
            "latency_ms": counters.latency_ms,
            "level_db": round(counters.level_db, 1),
            "noise_db": round(counters.noise_db, 1) if counters.noise_db > SILENT_DBFS else None,
            "speaker_db": round(counters.speaker_db, 1),
        }

    def processes(self) -> dict[str, ProcessUse]:
        """What each of ours takes of the machine."""
        pids = {"agent": os.getpid(), "audio": self.device.audio.pid}
        return {name: used for name, pid in pids.items() if pid and (used := usage(pid))}

    @property
    def used(self) -> Use:
        """Of the service, since the start."""
        return self._ledger.total

    def costs(self) -> Costs:
        return self._budget.report()

    def _price(self, model: str) -> None:
        self._ledger.prices = prices_of(self.config, model)

    def _show(self, _: e.Event, state: State) -> None:
        self._panel.show(state.mode)

    def _look_at_panel(self) -> None:
        faults = "; ".join(self._panel.faults)
        self._find("panel", Finding("panel", faults, "see hardware/README.md") if faults else None)
