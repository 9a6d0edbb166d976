"""The device as a service: for years, under systemd, and through changes of its configuration."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from time import monotonic, strftime
from typing import Any

from ..audio.cards.adapter import Card
from ..billing.budget import DAY
from ..billing.ledger import Use
from ..config import Config
from ..host.control.requests import MOST_TURNS, Request, RequestRefused, event_of
from ..host.control.server import Answer, Control
from ..host.http.exporter import Exporter
from ..host.journal.sentences import JournalWriter, Words
from ..host.paths import runtime_folder
from ..host.state_file import Memory
from ..host.systemd import watchdog
from ..host.systemd.notify import Notifier
from ..realtime.errors import LinkFailure
from ..report.device_share import PAUSE_S, device_part
from ..report.history import History
from ..telemetry.liveness import MovingPart, Signs
from ..telemetry.status import Finding, StatusBoard
from ..telemetry.timeline import Record
from ..telemetry.turn_log import Day, TurnLog, TurnSummary
from ..vocabulary import events as e
from ..vocabulary.journal import noted
from ..vocabulary.state import State, Turn
from .device import Device
from .installation import Station

log = logging.getLogger("edge_agent")

SILENT_S = 10.0  # without sound after the start: ready to say what is missing, and to find it
RELOAD = "correct it ('edge-agent config check' says more), then systemctl reload edge-agent"


class WrongConfiguration(Exception):
    """What is wrong with it, a sentence each."""

    def __init__(self, *sentences: str) -> None:
        super().__init__("; ".join(sentences))
        self.sentences = sentences


class Daemon:
    """To be made inside an event loop. `read` gives the configuration as it is now, `open_card` the simulated sound
    card, if it wants one (None: real devices); both raise WrongConfiguration."""

    def __init__(
        self, config: Config, *, read: Callable[[], Config], open_card: Callable[[Config], Card | None]
    ) -> None:
        self._read, self._open_card = read, open_card
        self._log, self._day = JournalWriter(), Day()
        self._turns = TurnLog(self._end_turn)
        self.status = StatusBoard(monotonic, self._log.finding)
        self._history, self._next_report = History(), 0.0
        self._memory = Memory()
        self._exporter = Exporter(self.report, self._find_metrics)
        self._notifier = Notifier()
        self._ready = False
        self._shown: tuple[State, tuple[Finding, ...]] | None = None  # what was told last
        self._next: Config | None = None  # to be changed to once nobody talks
        self._leaving = False  # the device is told to stop for it
        self._control = Control(runtime_folder() / "control.sock", self._do)
        self._station = self._fit(config, None)

    @property
    def device(self) -> Device:
        """The one in use."""
        return self._station.device

    def stop(self) -> None:
        self._next = None
        self._notifier.stopping()
        self.device.stop()

    async def run(self) -> None:
        """Until `stop`. Raises LinkFailure where only a change of the configuration can help, and
        FileExistsError where another device runs already."""
        await self._open_control()
        self._exporter.open(self._station.config.metrics.address)
        watching = asyncio.create_task(
            watchdog.watch(self._notifier, self._look, self._heal), name="watchdog"
        )
        asyncio.get_running_loop().call_later(SILENT_S, self._get_ready)
        try:
            await self._station.run()
            while self._next:
                await self._change(self._next)
        finally:
            watching.cancel()
            await self._exporter.close()
            self._turns.close()
            await self._control.stop()

    # ---- configuration --------------------------------------------------
    def reload(self) -> None:
        """Go on with the configuration as it is now, once nobody talks; with the old one if that is wrong. Raises
        Refused then, which says why."""
        self._notifier.reloading()
        try:
            self._next = self._read()
        except WrongConfiguration as wrong:
            self._keep(*wrong.sentences)
            self._notifier.ready()
            raise RequestRefused(f"keeping the old configuration: {wrong}") from None
        self.status.find("configuration", None)
        self._look_for_a_pause(self.device.state)

    def hang_up(self) -> None:
        """SIGHUP."""
        with suppress(RequestRefused):
            self.reload()

    def _look_for_a_pause(self, state: State) -> None:
        if self._next and not self._leaving and state.turn is Turn.IDLE:
            self._leaving = True
            self.device.stop()

    async def _change(self, config: Config) -> None:
        """To another configuration; back to the old one where only in use it turns out to be wrong."""
        old, self._next, self._leaving = self._station.config, None, False
        log.info("the configuration was reloaded", extra=noted("reloaded"))
        try:
            self._station = self._fit(config, self._station.used)
            self._exporter.open(config.metrics.address)
            self._notifier.ready()
            await self._station.run()
        except (LinkFailure, WrongConfiguration) as failure:
            self._station = self._fit(old, self._station.used)
            self._exporter.open(old.metrics.address)
            self._notifier.ready()
            self._keep(str(failure))
            await self._station.run()

    def _fit(self, config: Config, used: Use | None) -> Station:
        card = self._open_card(config)
        self.status.begin(config)
        log.setLevel(config.log.level.upper())  # libraries may tell secrets in their details
        self._turns.close()
        self._turns = TurnLog(self._end_turn)  # another device counts its turns anew
        words = (Words().watch,) if config.log.transcripts else ()
        watchers = (*words, self.status.watch, self._watch)
        self._history.begin()
        return Station(config, card, self._memory, watchers, self._record, used, self._history.recorder)

    def _keep(self, *sentences: str) -> None:
        """The old configuration, since so much is wrong with the new one."""
        for sentence in sentences:
            log.error("keeping the old configuration: %s", sentence)
        self.status.find("configuration", Finding("configuration-refused", "; ".join(sentences), RELOAD))
        self._tell()

    # ---- watching -------------------------------------------------------
    def _record(self, record: Record) -> None:
        """Of the timeline."""
        self._log.record(record)
        self._turns.record(record)
        self._history.add(record)

    def _end_turn(self, summary: TurnSummary) -> None:
        self._log.turn(summary)
        self._day.add(summary, strftime(DAY))

    def _watch(self, event: e.Event, state: State) -> None:
        """After each event."""
        if isinstance(event, e.AudioStarted):
            self._get_ready()
        self._look_for_a_pause(state)
        if (shown := (state, self.status.findings)) != self._shown:
            self._shown = shown
            self._tell()

    def _get_ready(self) -> None:
        """Sound and panel are open, or it is known what is missing."""
        if not self._ready:
            self._ready = True
            self._notifier.ready()
            self._tell()

    def _look(self) -> Signs:
        self._tell()
        return self.device.signs()

    def _tell(self) -> None:
        if self._notifier.is_heard:
            self._notifier.status(self.sentence)

    def _heal(self, organ: MovingPart) -> None:
        device = self.device
        match organ:
            case MovingPart.SOUND | MovingPart.SEARCH | MovingPart.PLAYBACK:
                device.audio.restart()
            case MovingPart.TURN:
                device.post(e.Tick())

    # ---- asking ---------------------------------------------------------
    def _find_metrics(self, fault: str) -> None:
        self.status.find("metrics", Finding("metrics", fault, "check [metrics] address") if fault else None)

    async def _open_control(self) -> None:
        try:
            await self._control.start()
        except FileExistsError:
            raise
        except OSError as error:
            what = f"cannot create the control socket: {error}"
            log.warning("%s", what)
            self.status.find("control", Finding("control-socket", what, "check the runtime directory"))

    def _do(self, request: Request) -> Answer:
        """What somebody asks over the control socket. Raises Refused."""
        if event := event_of(request):
            self.device.post(event)
        elif request["do"] == "reload":
            self.reload()
        elif request["do"] == "report":
            return self._tell_all(request)
        return self.report()

    def _tell_all(self, request: Request) -> Answer:
        """For `edge-agent report`. Raises Refused."""
        if monotonic() < self._next_report:
            raise RequestRefused("another report was just made; try again in a second")
        self._next_report = monotonic() + PAUSE_S
        words = self.device.said if request.get("transcript") else None
        last = request.get("last", MOST_TURNS)
        return device_part(self._station.config, self.report(), self._history, last, words)

    @property
    def sentence(self) -> str:
        """How it is, for `systemctl status`."""
        return self.status.sentence(self.device.audio.counters.underruns)

    def report(self) -> dict[str, Any]:
        """For `edge-agent status`."""
        faults = self._station.panel_faults
        self.status.find("panel", Finding("panel", faults, "see hardware/README.md") if faults else None)
        costs = self._station.costs()
        status = self.status.report()
        status["sound"]["counters"] = self._station.counters()
        status["costs"] = costs
        status["turns"] = self.device.turns
        status["processes"] = self._station.processes()
        status["latency"] = self._day.report(strftime(DAY))
        return status
