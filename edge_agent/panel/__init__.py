"""Button and light: on pins (`gpio`), or in a terminal (`simulated`)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from ..config import Config
from ..conversation.settings import TurnSettings
from ..vocabulary.events import Event
from ..vocabulary.state import Mode


class Panel(Protocol):
    """For the event loop's thread."""

    @property
    def faults(self) -> list[str]:
        """What of it does not work, a sentence each; empty: all is well."""

    def show(self, mode: Mode) -> None: ...

    def close(self) -> None: ...


class NoPanel:
    """No button and no light: a kiosk, a terminal, or GPIO that does not work."""

    def __init__(self, *faults: str) -> None:
        self.faults = list(faults)

    def show(self, mode: Mode) -> None: ...

    def close(self) -> None: ...


def open_panel(config: Config, post: Callable[[Event], None], loop: asyncio.AbstractEventLoop) -> Panel:
    """The panel of the configuration; one with `faults` where it does not work, so that the device goes on.

    Its events go to `post`, on the loop's thread, once the loop runs.
    """
    if config.panel.backend != "gpio":
        return NoPanel()
    from .gpio import GpioPanel
    from .pins import PanelFault

    try:
        return GpioPanel(config.panel, TurnSettings.of(config).holds, post, loop)
    except PanelFault as fault:
        return NoPanel(str(fault))
