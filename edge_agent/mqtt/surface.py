"""The broker as a surface of the device: there is one while the configuration names it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from importlib.util import find_spec
from typing import TYPE_CHECKING

from ..config import Config
from ..host.surface import Find, Surface
from ..telemetry.status import Finding
from ..telemetry.status_shape import BrokerStatus, DeviceStatus
from ..vocabulary.commands import GroupCommand
from ..vocabulary.events import Event
from ..vocabulary.state import State
from .fleet_side import FleetSide
from .identity import NoMachineId, device_id
from .topics import Topics
from .troubles import bad_setting, missing_package

if TYPE_CHECKING:
    from .broker import Broker, Do
    from .telling import Telling

PATIENCE_S = 1.5  # with a broker that is to be left


class Mqtt(Surface):
    """To be made inside an event loop. `report` gives the status, `do` carries out requests, `post` takes
    events, `find` what is wrong, `fleet` announcements."""

    def __init__(
        self,
        report: Callable[[], DeviceStatus],
        do: Do,
        post: Callable[[Event], None],
        find: Find,
        fleet: FleetSide,
    ) -> None:
        self._report, self._do, self._post, self._find, self._fleet = report, do, post, find, fleet
        self._used: tuple[object, ...] = ()  # of the configuration
        self._address = ""
        self._broker: Broker | None = None
        self._telling: Telling | None = None
        self._running: asyncio.Task[None] | None = None

    def status(self) -> BrokerStatus:
        if self._broker:
            return self._broker.status()
        return {"address": self._address, "up": False, "up_s": None, "reconnects": 0, "group": ""}

    def changed(self, config: Config) -> None:
        used = (
            config.mqtt,
            config.board,
            config.prices.currency,
            config.panel,
            bool(config.fleet.repository),
        )
        if used == self._used and self._broker and self._broker.is_up:
            self._broker.greet_group()  # the device behind it is another now
            return  # else somebody may have put right what was wrong
        self._used = used
        self._address = config.mqtt.address if config.mqtt.host else ""
        if self._telling:
            self._telling.close()
        if self._running:
            self._running.cancel()
        self._broker = self._telling = None
        self._found(None)
        if config.mqtt.host:
            self._begin(config)

    def watch(self, event: Event, state: State) -> None:
        if self._telling:
            self._telling.watch(event, state)

    def tell_group(self, command: GroupCommand) -> None:
        if self._broker:
            self._broker.tell_group(command)

    async def stop(self) -> None:
        if self._telling:
            self._telling.close()
        if self._running:
            await _ended(self._running)

    def _begin(self, config: Config) -> None:
        if not find_spec("aiomqtt"):
            self._found(missing_package().finding)
            return
        from .broker import Broker  # costs memory, and many devices do without
        from .telling import Telling

        try:
            device = config.mqtt.device or device_id()
        except NoMachineId as missing:
            self._found(bad_setting(str(missing)).finding)
            return
        topics = Topics.of(config.mqtt, device)
        name = config.mqtt.name or socket.gethostname()
        self._broker = Broker(
            config,
            topics,
            name,
            report=self._report,
            do=self._do,
            post=self._post,
            find=self._found,
            fleet=self._fleet if config.fleet.repository else None,
        )
        self._telling = Telling(self._broker, config, topics)
        running = _after(self._running, self._broker)
        self._running = asyncio.get_running_loop().create_task(running, name="mqtt")

    def _found(self, finding: Finding | None) -> None:
        self._find("mqtt", finding)


async def _after(before: asyncio.Task[None] | None, broker: Broker) -> None:
    """Once the one before has said goodbye: it has the same name."""
    if before:
        await _ended(before)
    await broker.run()


async def _ended(task: asyncio.Task[None]) -> None:
    """Told to, and over, if that does not take too long."""
    task.cancel()
    await asyncio.wait({task}, timeout=PATIENCE_S)
