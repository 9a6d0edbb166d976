"""What all ways to see or command the running device have in common: control socket, metrics, systemd."""

from __future__ import annotations

from collections.abc import Callable

from ..config import Config
from ..telemetry.status import Finding
from ..vocabulary.events import Event
from ..vocabulary.state import State

Find = Callable[[str, Finding | None], None]  # as StatusBoard.find


class Surface:
    """A surface does what it needs of these; what it may ask and tell, it is given when it is made."""

    async def start(self) -> None:
        """Before the device runs. Raises FileExistsError where another device runs already."""

    def changed(self, config: Config) -> None:
        """The device uses this configuration from now on; also once after `start`."""

    def watch(self, event: Event, state: State) -> None:
        """After each event."""

    async def stop(self) -> None:
        """The device has ended."""
