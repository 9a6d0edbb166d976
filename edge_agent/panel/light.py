"""A light that follows the mode: one LED, or three of them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Protocol

from ..vocabulary.state import Mode
from .light_patterns import Pattern, pattern


class Led(Protocol):
    """One LED of gpiozero's. `value`: 0 to 1, or only these where it is not dimmable."""

    value: float

    def close(self) -> None: ...


class Light:
    """`brightness`: 0 to 1, of the light at its brightest."""

    def __init__(
        self, leds: Sequence[Led], *, dimmable: bool, brightness: float, loop: asyncio.AbstractEventLoop
    ) -> None:
        self.fault = ""  # why it is out of order
        self._leds = leds
        self._dimmable, self._brightness = dimmable, brightness
        self._loop = loop
        self._mode: Mode | None = None
        self._pattern: Pattern | None = None
        self._began = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def show(self, mode: Mode) -> None:
        if mode is self._mode or self.fault:
            return
        self._mode, self._began = mode, self._loop.time()
        self._pattern = pattern(mode, coloured=len(self._leds) == 3, dimmable=self._dimmable)
        self._step()

    def close(self) -> None:
        """Dark, and its pins free."""
        if self._timer is not None:
            self._timer.cancel()
        for led in self._leds:
            with suppress(Exception):  # a driver that is gone must not keep the device from stopping
                led.value = 0
                led.close()

    def _step(self) -> None:
        """Lights what is due, and comes back when that changes."""
        assert self._pattern
        if self._timer is not None:
            self._timer.cancel()
        level, change_s = self._pattern.at(self._loop.time() - self._began)
        try:
            for led, value in zip(self._leds, self._values(level), strict=True):
                led.value = value
        except Exception as error:  # each driver has its own
            self.fault = f"the light stopped working ({error}); restart edge-agent"
            return
        self._timer = None if change_s is None else self._loop.call_at(self._began + change_s, self._step)

    def _values(self, level: float) -> list[float]:
        assert self._pattern
        colour = self._pattern.colour if len(self._leds) == 3 else (1.0,)
        if self._dimmable:
            return [part * level * self._brightness for part in colour]
        return [float(part * level > 0) for part in colour]
