"""A panel on the mock pins of gpiozero, on a clock of its own."""

from __future__ import annotations

import asyncio
import heapq
from collections import deque
from collections.abc import Callable
from itertools import count
from typing import Any, cast

from gpiozero import Device

from edge_agent.config.panel_settings import PanelSettings
from edge_agent.panel.gpio import GpioPanel
from edge_agent.vocabulary import events as e

BUTTON, MUTE, UP, DOWN, RED, GREEN, BLUE = 17, 27, 22, 23, 5, 6, 13
PRESS, RELEASE = e.ButtonPressed(), e.ButtonReleased()
LED_ALONE = PanelSettings(light="led", light_pin=RED)
RGB = PanelSettings(light="rgb", red_pin=RED, green_pin=GREEN, blue_pin=BLUE)


class Clock:
    """The part of an event loop that the panel uses, with a time that passes when it is told to."""

    def __init__(self) -> None:
        self.now, self.timers = 1000.0, 0  # how many came due
        self._ready: deque[Callable[[], object]] = deque()
        self._later: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._number = count()

    def time(self) -> float:
        return self.now

    def call_soon(self, callback: Callable[..., object], *args: Any) -> None:
        self._ready.append(lambda: callback(*args))

    call_soon_threadsafe = call_soon

    def call_at(self, when: float, callback: Callable[..., object], *args: Any) -> asyncio.TimerHandle:
        handle = asyncio.TimerHandle(when, callback, args, cast("asyncio.AbstractEventLoop", self))
        heapq.heappush(self._later, (when, next(self._number), handle))
        return handle

    def get_debug(self) -> bool:
        return False

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None: ...

    def run(self, ms: float = 0) -> None:
        """All that happens in this time."""
        until = self.now + ms / 1000
        while True:
            while self._ready:
                self._ready.popleft()()
            if not self._later or self._later[0][0] > until:
                break
            when, _, handle = heapq.heappop(self._later)
            if not handle.cancelled():
                self.timers += 1
                self.now = max(self.now, when)
                handle._run()
        self.now = until


class Bench:
    """A panel, its pins, and what it has posted."""

    def __init__(self, panel: PanelSettings, *, holds: bool = True) -> None:
        self.clock = Clock()
        self.posted: list[e.Event] = []
        self.panel = GpioPanel(
            panel, holds, self.posted.append, cast("asyncio.AbstractEventLoop", self.clock)
        )

    def low(self, pin: int, ms: float = 0) -> Bench:
        Device.pin_factory.pin(pin).drive_low()
        self.clock.run(ms)
        return self

    def high(self, pin: int, ms: float = 0) -> Bench:
        Device.pin_factory.pin(pin).drive_high()
        self.clock.run(ms)
        return self

    def bounce(self, pin: int, *, low: bool) -> Bench:
        """It bounces for 6 ms and ends low, or high."""
        for _ in range(3):
            (self.low if low else self.high)(pin, 1)
            (self.high if low else self.low)(pin, 1)
        return (self.low if low else self.high)(pin)

    def lights(self, *pins: int) -> tuple[float, ...]:
        return tuple(round(Device.pin_factory.pin(pin).state, 3) for pin in pins)
