"""Nobody speaks, and the service does (`turns.idle_timeout_ms`)."""

from __future__ import annotations

from collections.abc import Iterable

from ...vocabulary import events as e
from ...vocabulary.state import Turn
from ..turn_keeper import TurnKeeper
from .part import NOTHING, Output, Part


class SilencePart(Part[TurnKeeper]):
    def handle(self, event: e.Event, now: float, /) -> Iterable[Output] | None:
        if not isinstance(event, e.SilenceTimedOut):
            return None
        keeper = self.keeper
        state = keeper.state
        is_free = keeper.turn is Turn.IDLE and not (state.muted or state.lost or keeper.spent)
        if keeper.settings.taking.idle_timeout_ms and is_free:
            keeper.be_addressed(now)
        return NOTHING
