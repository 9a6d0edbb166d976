"""What the speaker tells of an answer: how much of it was heard."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ...vocabulary import events as e
from ...vocabulary.state import Turn
from ..turn_keeper import TurnKeeper
from .part import Output, Outputs, Part


class PlayedPart(Part[TurnKeeper]):
    def handle(self, event: e.Event, now: float, /) -> Iterable[Output] | None:
        match event:
            case e.PlaybackStopped(heard):
                return self.keeper.exchange.stopped(heard)
            case e.PlaybackDrained(heard):
                return self._drained(heard, now)
            case e.AudioLost(part):
                return self._lost(part)
        return None

    def _drained(self, heard: tuple[e.Heard, ...], now: float) -> Outputs:
        yield from self.keeper.exchange.drained(heard)
        if self.keeper.exchange.is_heard and self.keeper.turn is Turn.SPEAKING:
            yield from self.keeper.finish_speaking(now)

    def _lost(self, part: str) -> Outputs:
        keeper = self.keeper
        keeper.sounds, keeper.state = False, replace(keeper.state, lost=part)
        if keeper.turn is not Turn.THINKING:  # then it may be back before the answer
            yield from keeper.end("unanswered")
        yield from keeper.exchange.forsake()
