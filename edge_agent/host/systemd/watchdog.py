"""Looks after the device: heals what has stopped, and feeds systemd's watchdog only while everything moves."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from ...telemetry.liveness import MovingPart, Signs, Vitals
from ...vocabulary.journal import noted
from .notify import Notifier

log = logging.getLogger(__name__)

LOOK_S = 2.0


async def watch(notifier: Notifier, look: Callable[[], Signs], heal: Callable[[MovingPart], None]) -> None:
    """For ever. What `heal` does not cure, a restart by systemd does; so does one of a device that cannot be looked
    at."""
    vitals, trouble = Vitals(), ""
    pause_s = min(LOOK_S, notifier.watchdog_s / 4 or LOOK_S)
    while True:
        try:
            stopped = vitals.look(look())
            for organ in stopped:
                log.error("%s", organ.value, extra=noted("unwell", organ=organ.name.lower()))
                heal(organ)
            if not stopped:
                notifier.alive()
            trouble = ""
        except Exception as error:
            if trouble != (trouble := f"{type(error).__name__}: {error}"):
                log.exception("the device cannot be looked after")
        await asyncio.sleep(pause_s)
