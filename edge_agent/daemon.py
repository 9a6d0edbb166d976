"""The device as it runs for years: with a panel, a memory, a status for technicians, and a log."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from time import monotonic, strftime
from typing import Any

from . import events as e
from .audio.adapter import Card
from .budget import DAY, Budget
from .config import Config
from .costs import Ledger, prices_of
from .panel import open_panel
from .runtime import Device
from .service.control import Control
from .service.memory import Memory
from .service.places import runtime_folder
from .state import Mode, State
from .status import BUDGET, Finding, StatusBoard

log = logging.getLogger("edge_agent")


class Daemon:
    """`card`: a simulated one; None: real devices. To be made inside an event loop."""

    def __init__(self, config: Config, card: Card | None = None) -> None:
        self.status = StatusBoard(monotonic)
        memory = Memory()
        self._budget = Budget(
            Ledger(prices_of(config), config.limits.daily_cost, memory.days()),
            today=partial(strftime, DAY),
            post=lambda event: self.device.post(event),
            keep=memory.keep_days,
        )
        self.device = Device(
            config,
            card,
            watchers=(Log().watch, self.status.watch, memory.watch, self._budget.watch, self._show),
            volume=memory.volume(config.audio.volume),
        )
        self._panel = open_panel(config, self._handle, asyncio.get_running_loop())
        for fault in self._panel.faults:
            log.warning("%s", fault)
        self._control = Control(runtime_folder() / "control.sock", post=self.device.post, report=self.report)

    def stop(self) -> None:
        self.device.stop()

    async def run(self) -> None:
        """Until `stop`. Raises LinkFailure where only a change of the configuration can help, and
        FileExistsError where another device runs already."""
        try:
            await self._control.start()
        except FileExistsError:
            raise
        except OSError as error:
            what = f"the control socket cannot be made: {error}"
            log.warning("%s", what)
            self.status.find("control", Finding("control-socket", what, "check the runtime directory"))
        try:
            await self.device.run()
        finally:
            self._panel.close()
            await self._control.stop()

    def _handle(self, event: e.Event) -> None:
        """From the panel. The first press of a day is of that day."""
        self._budget.look()
        self.device.post(event)

    def _show(self, _: e.Event, state: State) -> None:
        self._panel.show(state.mode)

    def report(self) -> dict[str, Any]:
        """For `edge-agent status`."""
        faults = "; ".join(self._panel.faults)
        self.status.find("panel", Finding("panel", faults, "see hardware/README.md") if faults else None)
        costs = self._budget.report()
        status = self.status.report()
        counters = self.device.audio.counters
        status["sound"]["counters"] = {
            "overruns": counters.overruns,
            "underruns": counters.underruns,
            "latency_ms": counters.latency_ms,
            "level_db": round(counters.level_db, 1),
        }
        status["costs"] = costs
        return status


class Log:
    """What the journal shall hold: devices, the light, what goes wrong. No words that were spoken."""

    def __init__(self) -> None:
        self._mode: Mode | None = None

    def watch(self, event: e.Event, state: State) -> None:
        match event:
            case e.AudioStarted(device):
                log.info("ready: %s", device)
            case e.AudioLost(part, reason):
                log.warning("no %s: %s", part, reason)
            case e.AudioNoted(text):
                log.info("%s", text)
            case e.EchoJudged(full_duplex, erle_db):
                log.info(
                    "%s; %.0f dB of echo are taken away",
                    "voices can break in" if full_duplex else "half-duplex: not listening while speaking",
                    erle_db,
                )
            case e.VolumeSet() | e.VolumeStepped():
                log.info("volume: %d %%", state.volume)
            case e.BudgetSpent(spent):
                log.warning("%s", BUDGET.what if spent else "today may cost something again")
        if state.mode is not self._mode:
            self._mode = state.mode
            log.info("light: %s", state.mode.value)
