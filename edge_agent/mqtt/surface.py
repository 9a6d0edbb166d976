"""The broker as a surface: what of the device goes there, and when."""

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
from ..vocabulary.events import Event
from ..vocabulary.state import State
from .identity import NoMachineId, device_id
from .topics import Topics
from .troubles import bad_setting, missing_package

if TYPE_CHECKING:
    from .broker import Broker, Do

LOOK_S = 30.0  # at what changes without an event
SETTLED_S = 0.5  # after an event, until all that it leads to is told
PATIENCE_S = 1.5  # with a broker that is to be left


class Mqtt(Surface):
    """To be made inside an event loop. `report` gives the status, `do` carries out requests, `find` takes what is
    wrong."""

    def __init__(self, report: Callable[[], DeviceStatus], do: Do, find: Find) -> None:
        self._report, self._do, self._find = report, do, find
        self._used: tuple[object, ...] = ()  # of the configuration
        self._broker: Broker | None = None
        self._running: asyncio.Task[None] | None = None
        self._look: asyncio.TimerHandle | None = None
        self._state = State()

    def status(self) -> BrokerStatus:
        if self._broker:
            return self._broker.status()
        return {"address": "", "up": False, "up_s": None, "reconnects": 0}

    def changed(self, config: Config) -> None:
        used = config.mqtt, config.board, config.prices.currency
        if used == self._used:
            return
        self._used = used
        if self._running:
            self._running.cancel()
        self._broker, self._running = None, None
        self._found(None)
        if config.mqtt.host:
            self._begin(config)

    def watch(self, _: Event, state: State) -> None:
        if state is self._state:
            return
        self._state = state
        if self._broker:
            self._broker.tell_state(state)
            self._look_in(SETTLED_S)

    async def stop(self) -> None:
        if self._look:
            self._look.cancel()
        if self._running:
            from .broker import ended

            await ended(self._running, PATIENCE_S)

    def _begin(self, config: Config) -> None:
        if not find_spec("aiomqtt"):
            self._found(missing_package().finding)
            return
        from .broker import Broker  # costs memory, and many devices do without

        try:
            device = config.mqtt.device or device_id()
        except NoMachineId as missing:
            self._found(bad_setting(str(missing)).finding)
            return
        topics = Topics.of(config.mqtt, device)
        name = config.mqtt.name or socket.gethostname()
        self._broker = Broker(config, topics, name, report=self._report, do=self._do, find=self._found)
        self._running = asyncio.get_running_loop().create_task(self._broker.run(), name="mqtt")
        self._look_in(LOOK_S)

    def _look_in(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        if self._look and self._look.when() <= loop.time() + seconds:
            return
        if self._look:
            self._look.cancel()
        self._look = loop.call_later(seconds, self._look_again)

    def _look_again(self) -> None:
        self._look = None
        if self._broker:
            self._broker.tell_status()
            self._look_in(LOOK_S)

    def _found(self, finding: Finding | None) -> None:
        self._find("mqtt", finding)
