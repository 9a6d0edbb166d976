"""The end of the device: a state that nothing leaves."""

from __future__ import annotations

from collections.abc import Iterable

from ...vocabulary import events as e
from ...vocabulary.commands import Shutdown
from ..turn_keeper import TurnKeeper
from ..utterance import AUDIO_REPLY_S
from .part import NOTHING, Output, Outputs, Part


class StoppingPart(Part[TurnKeeper]):
    KEPT = ("stop_due",)

    stop_due: float | None = (
        None  # the sound must have told by then what was heard; None: nobody wants to stop
    )

    @property
    def due(self) -> float | None:
        return self.stop_due

    def handle(self, event: e.Event, now: float, /) -> Iterable[Output] | None:
        if isinstance(event, e.StopRequested) and self.stop_due is None:
            return self._stop(now)
        return None if self.stop_due is None else NOTHING

    def tick(self, now: float, /) -> Outputs:
        if self.stop_due is not None and now >= self.stop_due:
            yield from self.keeper.exchange.forsake()

    def rest(self, _: float, /) -> Iterable[Output] | None:
        if self.stop_due is None:
            return None
        return [Shutdown()] if self.keeper.is_quiet else NOTHING

    def _stop(self, now: float) -> Outputs:
        yield from self.keeper.end("interrupted")
        yield from self.keeper.calls.abandon()
        self.stop_due = now + AUDIO_REPLY_S
