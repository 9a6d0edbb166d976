"""What people want, with the button, by text, from a shell: and what a day may cost.

Mute comes before all else, then what ends a turn, then whether the day's budget allows another.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ...vocabulary import commands as c
from ...vocabulary import events as e
from ...vocabulary.commands import Cue
from ...vocabulary.state import Turn
from ..turn_keeper import TurnKeeper
from .part import NOTHING, Output, Outputs, Part


class PeoplePart(Part[TurnKeeper]):
    def handle(self, event: e.Event, now: float, /) -> Iterable[Output] | None:
        keeper = self.keeper
        listening = keeper.turn is Turn.LISTENING
        match event:
            case e.MuteSwitched(muted):
                return NOTHING if muted is keeper.state.muted else self._mute(not keeper.state.muted)
            case e.VolumeSet() | e.VolumeStepped():
                return self._set_volume(event.applied_to(keeper.state.volume))
            case e.InterruptRequested():
                return keeper.end("interrupted")
            case e.ForgetRequested():
                return self._forget()
            case e.BudgetSpent(spent):
                return self._spend(spent)
            case e.ButtonPressed() if keeper.state.muted:
                return [c.PlayCue(Cue.MUTED)]
            case e.TextEntered() if keeper.spent and listening:
                return [c.PlayCue(Cue.DAILY_COST)]  # who talks is let finish
            case e.ButtonPressed() | e.TextEntered() if keeper.spent and not listening:
                return keeper.give_up(Cue.DAILY_COST, "interrupted")
            case e.UplinkOpened(opened_by="speech") if keeper.spent:
                return NOTHING  # let them finish, then tell them
            case e.SpeechEnded() if keeper.spent and keeper.settings.hears_voices and not listening:
                told = [c.PlayCue(Cue.DAILY_COST)] if keeper.turn is Turn.IDLE else []
                return [c.CloseUplink(), *told]  # an answer that sounds is let finish
            case e.TextEntered(text):
                return keeper.take_text(text, now)
            case e.ButtonPressed() if not listening:
                return keeper.invite(now)
        return None

    def _mute(self, muted: bool) -> Outputs:
        if muted:
            yield from self.keeper.end("interrupted")
        yield from self.keeper.mute(muted)

    def _set_volume(self, percent: int) -> Outputs:
        self.keeper.state = replace(self.keeper.state, volume=percent)
        yield c.SetVolume(percent)

    def _spend(self, spent: bool) -> Outputs:
        """Who talks is let finish, and told then; what waits for a link is not asked any more."""
        keeper = self.keeper
        keeper.spent = spent
        if not spent and keeper.turn is not Turn.LISTENING and keeper.settings.hears_voices:
            yield c.CloseUplink()  # a voice that was passed over is heard from now on
        if spent and keeper.turn is Turn.THINKING and not keeper.state.online:
            yield from keeper.give_up(Cue.DAILY_COST)

    def _forget(self) -> Outputs:
        yield from self.keeper.give_up(Cue.FORGOTTEN, "interrupted")
        yield from self.keeper.forget()
