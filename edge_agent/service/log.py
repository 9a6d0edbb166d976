"""What the journal shall hold: devices, the light, what goes wrong. No words that were spoken."""

from __future__ import annotations

import logging

from .. import events as e
from ..state import Mode, State
from ..status import BUDGET

log = logging.getLogger("edge_agent")


class Log:
    def __init__(self) -> None:
        self._mode: Mode | None = None

    def watch(self, event: e.Event, state: State) -> None:
        match event:
            case e.AudioStarted(device):
                log.info("ready: %s", device)
            case e.AudioLost(part, reason):
                log.warning("no %s: %s", part, reason)
            case e.AudioNoted(text):
                log.info("%s", text)
            case e.EchoJudged(full_duplex, erle_db):
                log.info(
                    "%s; %.0f dB of echo are taken away",
                    "voices can break in" if full_duplex else "half-duplex: not listening while speaking",
                    erle_db,
                )
            case e.VolumeSet() | e.VolumeStepped():
                log.info("volume: %d %%", state.volume)
            case e.BudgetSpent(spent):
                log.warning("%s", BUDGET.what if spent else "today may cost something again")
        if state.mode is not self._mode:
            self._mode = state.mode
            log.info("light: %s", state.mode.value)
