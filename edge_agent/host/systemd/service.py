"""The device as a service of systemd: when it is ready, how it is, and that it lives."""

from __future__ import annotations

import asyncio
from typing import Protocol

from ...telemetry.liveness import MovingPart, Signs
from ...telemetry.status import Finding, StatusBoard
from ...vocabulary.events import AudioStarted, Event
from ...vocabulary.state import State
from ..surface import Surface
from . import watchdog
from .notify import Notifier

SILENT_S = 10.0  # without sound after the start: ready to say what is missing, and to find it


class TendedDevice(Protocol):
    """The one in use."""

    @property
    def sentence(self) -> str:
        """How it is, in a line."""

    def look(self) -> Signs:
        """Whether it lives."""

    def heal(self, part: MovingPart) -> None: ...


class SystemdService(Surface):
    def __init__(self, device: TendedDevice, board: StatusBoard) -> None:
        self._device, self._board = device, board
        self._notifier = Notifier()
        self._is_ready = False
        self._shown: tuple[State, tuple[Finding, ...]] | None = None  # what was told last
        self._watching: asyncio.Task[None] | None = None
        self._silent: asyncio.TimerHandle | None = None

    async def start(self) -> None:
        tending = watchdog.watch(self._notifier, self._look, self._device.heal)
        self._watching = asyncio.create_task(tending, name="watchdog")
        self._silent = asyncio.get_running_loop().call_later(SILENT_S, self._get_ready)

    @property
    def is_watched_over(self) -> bool:
        """Whether systemd starts this process again after its end."""
        return self._notifier.is_heard

    def reloading(self) -> None:
        """The configuration is read; until `reloaded`. Not told before it is ready: its end would say that it is."""
        if self._is_ready:
            self._notifier.reloading()

    def reloaded(self) -> None:
        """What was read is used later: systemd would give up waiting for the end of a long turn."""
        if self._is_ready:
            self._notifier.ready()
        self.show()

    def watch(self, event: Event, state: State) -> None:
        if isinstance(event, AudioStarted):
            self._get_ready()
        if (shown := (state, self._board.findings)) != self._shown:
            self._shown = shown
            self.show()

    def show(self) -> None:
        """How the device is, as it is now."""
        if self._notifier.is_heard:
            self._notifier.status(self._device.sentence)

    def stopping(self) -> None:
        """The device was told to stop."""
        self._notifier.stopping()

    async def stop(self) -> None:
        if self._watching and self._silent:
            self._watching.cancel()
            self._silent.cancel()

    def _get_ready(self) -> None:
        """Sound and panel are open, or it is known what is missing."""
        if not self._is_ready:
            self._is_ready = True
            self._notifier.ready()
            self.show()

    def _look(self) -> Signs:
        self.show()
        return self._device.look()
