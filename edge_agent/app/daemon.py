"""The device as a service: for years, under systemd, and through changes of its configuration."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from datetime import date
from time import monotonic, strftime
from typing import TYPE_CHECKING, Any

from .. import __version__
from ..audio.cards.card import Card
from ..billing.budget import DAY
from ..billing.use import Use
from ..config import Config
from ..config.load import TryOut
from ..files.folders import runtime_folder, state_folder
from ..fleet.surface import Fleet
from ..host import clock
from ..host.control.requests import RequestRefused
from ..host.control.server import Control
from ..host.http.exporter import Exporter
from ..host.journal.sentences import Words
from ..host.kept_changes import KeptChanges
from ..host.state_file import Memory
from ..host.surface import Surface
from ..host.systemd.service import SystemdService
from ..mqtt.fleet_side import FleetSide
from ..mqtt.surface import Mqtt
from ..realtime.errors import LinkFailure
from ..realtime.trust import trust_complaint
from ..report.device_share import device_part
from ..telemetry.liveness import MovingPart, Signs
from ..telemetry.status import Finding, StatusBoard
from ..telemetry.status_shape import DeviceStatus
from ..vocabulary import events as e
from ..vocabulary.announcements import Announcement
from ..vocabulary.journal import noted
from ..vocabulary.state import State, Turn
from ..web.surface import Web
from .desk import Desk
from .device import Device
from .installation import Station
from .records import Records
from .remote_talk import RemoteTalk
from .wishes import Following, Wishes

if TYPE_CHECKING:
    from .editor import Editor

log = logging.getLogger("edge_agent")

RELOAD = "correct it ('edge-agent config check' says more), then systemctl reload edge-agent"
SAVABLE = "check that its disk has room and its folder can be written; it is tried again every few seconds"
LOST = "mute it again if it was; today's costs so far do not count; check owner and mode of the file"


def local_day() -> str:
    return strftime(DAY)


def local_hour() -> int:
    return int(strftime("%H"))


class WrongConfiguration(Exception):
    """What is wrong with it, a sentence each."""

    def __init__(self, *sentences: str) -> None:
        super().__init__("; ".join(sentences))
        self.sentences = sentences


class Daemon:
    """To be made inside an event loop. `read` gives the configuration as it is now, `open_card` the simulated sound
    card, if it wants one (None: real devices); both raise WrongConfiguration. `today`, `hour`: of the local clock.
    `synchronized`: whether anything keeps the clock right. `neighbour`: another device on this machine. `try_out`: the
    configuration with other changes, and its problems; None: nothing can be changed here."""

    def __init__(
        self,
        config: Config,
        *,
        read: Callable[[], Config],
        open_card: Callable[[Config], Card | None],
        today: Callable[[], str] = local_day,
        hour: Callable[[], int] = local_hour,
        synchronized: Callable[[], bool | None] = clock.synchronized,
        neighbour: Callable[[], Finding | None] = lambda: None,
        try_out: TryOut | None = None,
    ) -> None:
        self._neighbour = neighbour
        self._try_out = try_out
        self._editor: Editor | None = None
        self._read, self._open_card = read, open_card
        self._today, self._synchronized = today, synchronized
        self._memory = Memory()
        self._records = Records(lambda: (today(), hour()), self._memory)
        self.status = StatusBoard(monotonic, self._records.journal.finding)
        self._began_on = today()
        self._wishes = Wishes(config)
        self._systemd = SystemdService(self, self.status)
        desk = Desk(self)
        self._remote = RemoteTalk(lambda: self.device, lambda: self._station.config, self._restart)
        fleet = Fleet(self._complaint, self.reload, self.status.find, lambda: self.status.findings)
        side = FleetSide(fleet.told, fleet.announced)
        self._mqtt = Mqtt(self.report, desk.do, self.post, self.status.find, side)
        self._surfaces: tuple[Surface, ...] = (
            Control(runtime_folder() / "control.sock", desk.do, self.status.find),
            Exporter(self.report, self.status.find),
            Web(
                desk.do,
                self.report,
                self.status.find,
                lambda: self.device.visits,
                lambda: self._station.counters(),
                self._remote,
            ),
            self._systemd,
            self._mqtt,
            fleet,
        )
        self._station = self._fit(config, None)

    @property
    def device(self) -> Device:
        """The one in use."""
        return self._station.device

    def stop(self) -> None:
        """For good, whatever is asked later."""
        self._wishes.stop()
        self._systemd.stopping()
        self.device.stop()

    async def run(self) -> None:
        """Until `stop`. Raises LinkFailure and WrongConfiguration where only a change of the configuration can help,
        and FileExistsError where another device runs already."""
        async with AsyncExitStack() as running:
            running.callback(self._memory.flush)
            running.callback(self._records.close)
            for surface in self._surfaces:
                await surface.start()
                running.push_async_callback(surface.stop)
            self._memory.begin()
            self._show_change()
            if complaint := trust_complaint():
                what, _, todo = complaint.partition("; ")
                log.warning("%s", complaint)
                self.status.find("trust", Finding("trusted-certificates", what, todo))
            self.status.find("neighbour", self._neighbour())
            failure: LinkFailure | WrongConfiguration | None = await self._run_station()
            while following := self._wishes.follow(failure is not None):
                failure = await self._change(following, str(failure))
            if failure and not self._wishes.stopping:
                raise failure

    def restart(self) -> None:
        """End once nobody talks, to be started again. Raises RequestRefused."""
        if self._wishes.stopping:
            raise RequestRefused("the device is stopping")
        if not self._systemd.is_watched_over:
            raise RequestRefused("nothing would start it again: it does not run as a service of systemd")
        self._wishes.restart()
        self._look_for_a_pause(self.device.state)

    @property
    def restarts(self) -> bool:
        """Whether it has ended to be started again."""
        return self._wishes.restarting and not self._wishes.stopping

    # ---- configuration --------------------------------------------------
    def reload(self) -> None:
        """Go on with the configuration as it is now, once nobody talks; with the old one if that is wrong. Raises
        RequestRefused then, which says why."""
        if self._wishes.stopping:
            raise RequestRefused("the device is stopping")
        self._systemd.reloading()
        try:
            self._wishes.reload(self._read())
        except WrongConfiguration as wrong:
            self._keep(*wrong.sentences)
            raise RequestRefused(f"keeping the old configuration: {wrong}") from None
        else:
            self.status.find("configuration", None)
            self._look_for_a_pause(self.device.state)
        finally:
            self._systemd.reloaded()

    @property
    def editor(self) -> Editor:
        """For `edge-agent config set`. Raises RequestRefused."""
        if self._try_out is None:
            raise RequestRefused("this device has no configuration of its own")
        if self._editor is None:
            from .editor import Editor  # it takes memory, and few change anything

            self._editor = Editor(KeptChanges(state_folder()), self._try_out, self.reload)
        return self._editor

    def _restart(self) -> None:
        """Once nobody talks, with the same configuration."""
        self._wishes.again()
        self._look_for_a_pause(self.device.state)

    def _complaint(self) -> str:
        """What is wrong with the configuration as it is now; empty: nothing."""
        try:
            self._read()
        except WrongConfiguration as wrong:
            return str(wrong)
        return ""

    def hang_up(self) -> None:
        """SIGHUP, where nobody is told what came of it."""
        with suppress(RequestRefused):
            self.reload()

    def _look_for_a_pause(self, state: State) -> None:
        if self._wishes.leave(state.turn is Turn.IDLE and not state.announcing):
            self.device.stop()

    async def _run_station(self) -> LinkFailure | None:
        """Until it ends; why its configuration cannot be used."""
        try:
            await self._station.run()
        except LinkFailure as failure:
            return failure
        return None

    async def _change(self, following: Following, why: str) -> LinkFailure | WrongConfiguration | None:
        """To another configuration, or, where it is `instead` of one, back for this reason. Until that ends; why it
        cannot be used."""
        if not (following.instead or following.again):
            log.info("the configuration was reloaded", extra=noted("reloaded"))
        try:
            self._station = self._fit(following.config, self._station.used)
        except WrongConfiguration as wrong:
            return wrong
        self._show_change()
        if following.instead:
            self._keep(why)
        return await self._run_station()

    def _fit(self, config: Config, used: Use | None) -> Station:
        config = self._remote.fitted(config)
        card = self._remote.card or self._open_card(config)
        self.status.begin(config)
        log.setLevel(config.log.level.upper())  # libraries may tell secrets in their details
        self._records.begin()
        words = (Words().watch,) if config.log.transcripts else ()
        surfaces = (surface.watch for surface in self._surfaces)
        return Station(
            config,
            card,
            self._memory,
            today=self._today,
            date=self._date,
            find=self.status.find,
            remind=self.status.remind,
            watchers=(*words, self.status.watch, *surfaces, self._watch),
            records=self._records.add,
            used=used,
            recorder=self._records.history.recorder,
            health=self._health,
            tell_group=self._mqtt.tell_group,
            taken=self._remote.takes,
        )

    def _date(self) -> date | None:
        """None: the clock cannot be trusted."""
        return clock.trusted(date.fromisoformat(self._today()), self._synchronized())

    def _show_change(self) -> None:
        for surface in self._surfaces:
            surface.changed(self._station.config)

    def _keep(self, *sentences: str) -> None:
        """The old configuration, since so much is wrong with the new one."""
        for sentence in sentences:
            log.error("keeping the old configuration: %s", sentence)
        self.status.find("configuration", Finding("configuration-refused", "; ".join(sentences), RELOAD))
        self._systemd.show()

    def _watch(self, event: e.Event, state: State) -> None:
        """After each event."""
        self._remote.watch(event, state, self.device.visits)
        self._look_for_a_pause(state)

    # ---- for the surfaces -----------------------------------------------
    def post(self, event: e.Event) -> None:
        self.device.post(event)

    @property
    def sentence(self) -> str:
        """How it is, for `systemctl status`."""
        now = self.status.sentence(self.device.audio.counters.underruns)
        return f"{now}; a new configuration waits until nobody talks" if self._wishes.waiting else now

    def report(self) -> DeviceStatus:
        """For `edge-agent status`."""
        self._look_at_memory()
        costs = self._station.costs()
        self._records.cost(costs["today"]["cost"])
        return self.status.report(
            counters=self._station.counters(),
            costs=costs,
            turns=self.device.turns,
            processes=self._station.processes(),
            saved=self._memory.saved,
            reload_waits=self._wishes.waiting,
            latency=self._records.latency(),
            hours=self._records.hours(),
            tools=self.device.toolbox.status(len(self.device.alarm_clock.entries)),
            broker=self._mqtt.status(),
        )

    def _health(self) -> dict[str, Any]:
        """For the user, in words."""
        wrong = [f"{finding.what}; {finding.todo}" for finding in self.status.findings]
        return {"doing": self.device.state.mode.value, "wrong": wrong or "nothing", "version": __version__}

    def tools(self) -> list[dict[str, Any]]:
        """For `edge-agent tools`."""
        return self.device.toolbox.report()

    async def call_tool(self, name: str, arguments: str) -> dict[str, Any]:
        """For `edge-agent tools call`."""
        outcome = await self.device.call_tool(name, arguments)
        return {"output": outcome.output, "took_ms": outcome.took_ms, "failed": bool(outcome.why)}

    async def announce(self, wanted: Announcement) -> dict[str, Any]:
        """For `edge-agent announce`. Raises RequestRefused."""
        return {"outcome": await self.device.announcer.announce(wanted)}

    async def start(self, text: str) -> dict[str, Any]:
        """For `edge-agent start`. Raises RequestRefused."""
        return {"outcome": (await self.device.opener.start(text)).outcome}

    async def ask_user(self, text: str, answer_s: float) -> dict[str, Any]:
        """For `edge-agent ask-user`. Raises RequestRefused."""
        opening = await self.device.opener.ask(text, answer_s)
        return {"outcome": opening.outcome, "text": opening.text}

    def share(self, last: int, transcript: bool) -> dict[str, Any]:
        """For `edge-agent report`."""
        words = list(self.device.said) if transcript else None
        return device_part(self._station.config, self.report(), self._records.history, last, words)

    def look(self) -> Signs:
        """Whether the device lives; and at what changes without an event."""
        self._station.look()
        self.status.find("neighbour", self._neighbour())
        self._records.cost(self._station.costs()["today"]["cost"])
        self._memory.retry()
        self.device.alarm_clock.retry()
        self._look_at_memory()
        return self.device.signs()

    def _look_at_memory(self) -> None:
        fault = "; ".join(filter(None, (self._memory.fault, self.device.alarm_clock.fault)))
        lost = self._memory.lost
        self.status.find("state", Finding("state-not-saved", fault, SAVABLE) if fault else None)
        lost_today = lost and self._today() == self._began_on
        self.status.find("memory", Finding("state-lost", lost, LOST) if lost_today else None)

    def heal(self, part: MovingPart) -> None:
        self.device.heal(part)
