"""When the broker is told what: a change of the state at once, the rest soon after it, or every minute."""

from __future__ import annotations

import asyncio
import json
from time import monotonic

from ..config import Config
from ..vocabulary.events import Event
from ..vocabulary.state import State
from .broker import Broker
from .presses import Presses
from .spoken import WhatWasSaid
from .states import TopicMessage
from .topics import Topics

LOOK_S = 60.0  # at what changes without an event
SETTLED_S = 0.5  # after an event, until all that it leads to is known


class Telling:
    """Of one broker. To be made inside an event loop."""

    def __init__(self, broker: Broker, config: Config, topics: Topics) -> None:
        panel = config.panel
        self._broker, self._topics = broker, topics
        self._state = State()
        self._presses = Presses(panel.long_press_ms / 1000, panel.double_press_ms / 1000)
        self._spoken = WhatWasSaid(topics) if config.mqtt.captions else None
        self._loop = asyncio.get_running_loop()
        self._look = self._loop.call_later(LOOK_S, self._tell_status)
        self._pressed: asyncio.TimerHandle | None = None

    def watch(self, event: Event, state: State) -> None:
        """After each event."""
        before, self._state = self._state, state
        if state is not before:
            self._broker.tell_state(state)
            self._look_in(SETTLED_S)
        self._tell_presses(self._presses.feed(event, monotonic()))
        if self._spoken:
            self._broker.tell(self._spoken.feed(event, state))

    def close(self) -> None:
        self._look.cancel()
        if self._pressed:
            self._pressed.cancel()

    def _look_in(self, seconds: float) -> None:
        if self._look.when() > self._loop.time() + seconds:
            self._look.cancel()
            self._look = self._loop.call_later(seconds, self._tell_status)

    def _tell_status(self) -> None:
        self._look = self._loop.call_later(LOOK_S, self._tell_status)
        self._broker.tell_status()

    def _tell_presses(self, gestures: list[str]) -> None:
        topic = self._topics.state("button")
        for gesture in gestures:
            self._broker.tell([TopicMessage(topic, json.dumps({"event_type": gesture}), lasts=False)])
        if self._pressed:
            self._pressed.cancel()
            self._pressed = None
        if (deadline := self._presses.deadline) is not None:
            wait_s = max(0.0, deadline - monotonic())
            self._pressed = self._loop.call_later(wait_s, self._expire)

    def _expire(self) -> None:
        self._pressed = None
        self._tell_presses(self._presses.expire(monotonic()))
