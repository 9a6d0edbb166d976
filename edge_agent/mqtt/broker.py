"""Keeps a connection to the broker: again and again, and as if there were none where it fails."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from random import uniform
from time import monotonic
from typing import Any

from ..config import Config
from ..host.control.requests import Request, RequestRefused
from ..realtime.backoff import Backoff
from ..telemetry.flapping import Flapping
from ..telemetry.status import Finding
from ..telemetry.status_shape import BrokerStatus, DeviceStatus
from ..vocabulary.commands import GroupCommand
from ..vocabulary.events import Event, GroupReached
from ..vocabulary.state import State
from .commands import BrokerCommand, Paces, answer, request_of
from .discovery import document
from .fleet_side import FleetSide, release_of
from .group_side import event_of, message_of
from .session import ONLINE, BrokerSession, Flooded
from .states import NewestMessages, TopicMessage, of_state, of_status
from .topics import Topics
from .troubles import BrokerTrouble, again_and_again

KEEPALIVE_S = 20
DEAF_S = 60.0  # to commands, after a flood of them
HOME_READS_S = 0.5, 2.0  # after its start, until it is told of the device: not all devices at the same time
FLOODED = "too many messages come from it, or too large ones: no commands are taken for a minute"
FLOODED_TODO = "find who sends them ('mosquitto_sub -v -t {}' shows them), and allow it less in the broker"

Do = Callable[[Request], Any]  # as `app.desk.Desk.do`


class Broker:
    """Of one configuration. `name`: of the device, for people. `report` gives its status, `do` carries out requests,
    `post` takes what other devices tell, `find` what is wrong with the broker. `fleet`: None: the device is in none."""

    def __init__(
        self,
        config: Config,
        topics: Topics,
        name: str,
        *,
        report: Callable[[], DeviceStatus],
        do: Do,
        post: Callable[[Event], None],
        find: Callable[[Finding | None], None],
        fleet: FleetSide | None = None,
    ) -> None:
        self._config, self._topics, self._name = config, topics, name
        self._report, self._do, self._post, self._find, self._fleet = report, do, post, find, fleet
        self._outbox, self._backoff, self._flapping = NewestMessages(), Backoff(), Flapping()
        self._paces = Paces()
        # what was asked for and is not over: its pace is limited
        self._waiting: set[asyncio.Future[None]] = set()
        self._flaps = False  # it is lost again and again
        self._session: BrokerSession | None = None
        self._up_at: float | None = None
        self._listens = False  # it hears what others tell
        self._connections = 0
        self._deaf_until = 0.0
        self._telling: asyncio.TimerHandle | None = None

    @property
    def is_up(self) -> bool:
        return self._up_at is not None

    def status(self) -> BrokerStatus:
        up_s = None if self._up_at is None else round(monotonic() - self._up_at, 1)
        return {
            "address": self._config.mqtt.address,
            "up": self.is_up,
            "up_s": up_s,
            "reconnects": max(0, self._connections - 1),
            "group": self._topics.group if self._listens else "",
        }

    def tell(self, messages: Iterable[TopicMessage]) -> None:
        """Nothing is kept for a broker that is away: it is told all there is when it is back."""
        if self._session and self.is_up:
            for message in messages:
                self._session.send(message)

    def tell_group(self, command: GroupCommand) -> None:
        self.tell([TopicMessage(self._topics.in_group, message_of(command), lasts=False)])

    def greet_group(self) -> None:
        """Tell the device whether the others can be reached."""
        if self._topics.group:
            self._post(GroupReached(self._topics.device if self._listens else ""))

    def tell_state(self, state: State) -> None:
        """What has just changed."""
        self.tell(of_state(state, self._config.mqtt, self._topics))

    def tell_status(self) -> None:
        """All of it that is new."""
        if self._up_at is not None:
            if self._flaps and self._flapping.lasting(monotonic() - self._up_at):
                self._flaps = False
                self._find(None)
            outcome = self._fleet.told() if self._fleet else ""
            told = {**self._report(), "release": release_of(outcome)}
            self.tell(of_status(told, self._config.mqtt, self._topics))
            if outcome:
                self.tell([TopicMessage(self._topics.fleet, outcome)])

    async def run(self) -> None:
        """Until cancelled."""
        try:
            while True:
                wait_s = await self._connect()
                await asyncio.sleep(wait_s)
        finally:
            for waiting in self._waiting:
                waiting.cancel()

    async def _connect(self) -> float:
        """Until it ends; after how many seconds to try again."""
        config, topics = self._config, self._topics
        self._outbox.begin()
        try:
            self._session = BrokerSession(
                config.mqtt,
                topics,
                self._outbox,
                asked=self._asked,
                listening=self._listening,
                home_started=self._home_started,
                announced=self._fleet.announced if self._fleet else None,
                told=self._told,
                keepalive_s=KEEPALIVE_S,
            )
            await self._session.run(self._connected, self._deaf_until)
        except BrokerTrouble as trouble:
            lasted_s = self._ended()
            if lasted_s is None or trouble.waits:
                self._find(trouble.finding)
            elif self._flapping.dropped(lasted_s, monotonic()):  # one that has just gone may be back at once
                self._flaps = True
                self._find(again_and_again(config.mqtt).finding)
            return self._backoff.later() if trouble.waits else self._backoff.soon()
        except Flooded:
            self._ended()
            self._deaf_until = monotonic() + DEAF_S
            what = f"the broker {config.mqtt.address}: {FLOODED}"
            self._find(Finding("mqtt-flooded", what, FLOODED_TODO.format(topics.commands)))
        finally:
            self._ended()
            self._session = None
        return self._backoff.soon()

    def _ended(self) -> float | None:
        """How many seconds the connection has lasted; None: there was none."""
        if self._telling:
            self._telling.cancel()
            self._telling = None
        began, self._up_at = self._up_at, None
        if self._listens:
            self._listens = False
            self.greet_group()
        if began is None:
            return None
        lasted_s = monotonic() - began
        self._backoff.lasted(lasted_s)
        return lasted_s

    def _connected(self) -> None:
        self._up_at = monotonic()
        self._connections += 1
        self._introduce()

    def _listening(self) -> None:
        self._listens = True
        self.greet_group()
        if not self._flaps:
            self._find(None)

    def _introduce(self) -> None:
        """All of it: who it is, how it is, and that it is there."""
        topics = self._topics
        if topics.discovery:
            text = json.dumps(document(self._config, topics, self._name), ensure_ascii=False)
            self.tell([TopicMessage(topics.discovered, text)])
        self.tell_status()
        self.tell([TopicMessage(topics.availability, ONLINE)])

    def _home_started(self) -> None:
        """Told once, however often it says so meanwhile."""
        if self._telling is None:
            wait_s = uniform(*HOME_READS_S)
            self._telling = asyncio.get_running_loop().call_later(wait_s, self._tell_home)

    def _tell_home(self) -> None:
        self._telling = None
        self._outbox.repeat()
        self._introduce()

    def _told(self, device: str, payload: bytes) -> None:
        if event := event_of(device, payload):
            self._post(event)

    def _asked(self, asked: BrokerCommand) -> None:
        now = monotonic()
        if not self._paces.answers(now):
            return  # who asks so often is not answered either
        try:
            request = request_of(asked, self._config.mqtt.allowed)
            self._paces.grant(request, now)
            came = self._do(request)
        except RequestRefused as refusal:
            self._answer(asked, str(refusal))
            self._outbox.forget(self._topics.state(asked.name))  # a dashboard may show what it asked for
            self.tell_status()
            return
        if isinstance(came, Awaitable):
            waiting = asyncio.ensure_future(self._await(asked, came))
            self._waiting.add(waiting)
            waiting.add_done_callback(self._waiting.discard)
        else:
            self._answer(asked)

    async def _await(self, asked: BrokerCommand, came: Awaitable[Mapping[str, Any]]) -> None:
        try:
            self._answer(asked, came=await came)
            self.tell_status()
        except RequestRefused as refusal:
            self._answer(asked, str(refusal))

    def _answer(self, asked: BrokerCommand, error: str = "", came: Mapping[str, Any] | None = None) -> None:
        text = json.dumps(answer(asked, error, came), ensure_ascii=False)
        self.tell([TopicMessage(self._topics.answer, text, lasts=False)])
