"""One pin with a button or a switch on it, and the events that its gestures are."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import TypeAlias

from ..vocabulary import events as e
from .button import Button, Gesture, Timing

Events: TypeAlias = Mapping[Gesture, e.Event]
Post: TypeAlias = Callable[[e.Event], None]


class Contact:
    """Raises whatever the driver raises for a pin that it cannot have."""

    def __init__(
        self,
        pin: int,
        *,
        active_low: bool,
        timing: Timing,
        events: Events,
        post: Post,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        from gpiozero import DigitalInputDevice

        self._events, self._post, self._loop = events, post, loop
        self._timer: asyncio.TimerHandle | None = None
        self._open = True
        self.fault = ""  # why its level cannot be read
        self._device = DigitalInputDevice(pin, pull_up=active_low)
        self._device.when_activated = partial(self._edge, True)
        self._device.when_deactivated = partial(self._edge, False)
        self.stuck = bool(self._device.is_active)  # closed since the start
        self._button = Button(timing, closed=self.stuck)

    def report(self) -> None:
        """Tells the level as the event that led to it."""
        if self._open:
            self._post(self._events[Gesture.PRESSED if self._button.pressed else Gesture.RELEASED])

    def close(self) -> None:
        self._open = False
        if self._timer is not None:
            self._timer.cancel()
        with suppress(Exception):  # a driver that is gone must not keep the device from stopping
            self._device.close()

    def _edge(self, closed: bool) -> None:
        """On a thread of gpiozero's."""
        self._loop.call_soon_threadsafe(self._feed, closed, self._loop.time())

    def _feed(self, closed: bool, at: float) -> None:
        if not self._open:
            return
        for gesture in self._button.feed(closed, at):
            self.stuck = False
            if gesture in self._events:
                self._post(self._events[gesture])
        if self._timer is not None:
            self._timer.cancel()
        due = self._button.deadline
        self._timer = None if due is None else self._loop.call_at(due, self._look)

    def _look(self) -> None:
        """The deadline of the button: what its level is by now. Where that cannot be read, it is released: a button
        that hangs would keep the microphone open."""
        try:
            closed, self.fault = bool(self._device.is_active), ""
        except Exception as error:  # each driver has its own
            closed, self.fault = False, str(error)
        self._feed(closed, self._loop.time())
