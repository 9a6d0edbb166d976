"""What the user has asked for, once the answer is over: that the device rests, or does not hear for a while."""

from __future__ import annotations

from collections.abc import Iterable

from ...vocabulary import commands as c
from ...vocabulary import events as e
from ...vocabulary.state import Turn
from .part import NOTHING, Keeper, Output, Outputs, Part


class GoodbyePart(Part[Keeper]):
    KEPT = ("rests", "mute_s", "unmute_at")

    rests: bool = False  # the visit ends with this turn
    mute_s: float = 0.0  # so long from the end of this turn; 0: not at all
    unmute_at: float | None = None

    @property
    def due(self) -> float | None:
        return self.unmute_at

    def handle(self, event: e.Event, _: float, /) -> Iterable[Output] | None:
        match event:
            case e.RestRequested():
                self.rests = True
                return NOTHING
            case e.MuteRequested(lasts_s):
                self.mute_s = lasts_s
                return NOTHING
            case e.MuteSwitched():  # somebody has decided otherwise
                self.unmute_at, self.mute_s = None, 0.0
        return None

    def tick(self, now: float, /) -> Outputs:
        if self.unmute_at is not None and now >= self.unmute_at:
            self.unmute_at = None
            yield from self.keeper.mute(False)

    def rest(self, now: float, /) -> Iterable[Output] | None:
        keeper = self.keeper
        self.rests &= keeper.turn is not Turn.LISTENING  # then there was more to say
        if not keeper.is_quiet:
            return None
        if self.mute_s and not keeper.state.muted:
            self.unmute_at, self.mute_s = now + self.mute_s, 0.0
            return keeper.mute(True)
        if self.rests:
            self.rests = False
            return keeper.forget(c.CloseLink())
        return None
