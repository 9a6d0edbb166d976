"""What people want: with the button, by text, from a shell; and what a day may cost. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from ...vocabulary import commands as c
from ...vocabulary import events as e
from ...vocabulary.commands import Cue
from ...vocabulary.notices import NOTHING, Output
from .dialogue import Dialogue
from .duplex_keeper import DuplexKeeper
from .link_keeping import LinkKeeping


class UserRequests:
    def __init__(self, dialogue: Dialogue, link: LinkKeeping, keeper: DuplexKeeper) -> None:
        self._dialogue, self._link, self._keeper = dialogue, link, keeper

    def handle(self, event: e.Event, now: float) -> Iterable[Output] | None:
        dialogue = self._dialogue
        match event:
            case e.ButtonPressed():
                return self._press(now)
            case e.ButtonReleased():
                return [c.CloseUplink()] if dialogue.settings.holds and dialogue.listens else NOTHING
            case e.MuteSwitched(muted):
                return NOTHING if muted is dialogue.state.muted else self._mute(not dialogue.state.muted, now)
            case e.VolumeSet() | e.VolumeStepped():
                volume = event.applied_to(dialogue.state.volume)
                dialogue.state = replace(dialogue.state, volume=volume)
                return [c.SetVolume(volume)]
            case e.InterruptRequested():
                return self._keeper.interrupt(now)
            case e.ForgetRequested():
                return [*self._keeper.interrupt(now), *self._link.forget(), c.PlayCue(Cue.FORGOTTEN)]
            case e.TextEntered() if dialogue.spent:
                return [c.PlayCue(Cue.DAILY_COST)]
            case e.TextEntered(text):
                return self._keeper.take_text(text, now)
            case e.BudgetSpent(spent):
                dialogue.spent = spent
                passed_over = not (spent or dialogue.listens) and dialogue.settings.hears_voices
                return [c.CloseUplink()] if passed_over else NOTHING  # it is heard from now on
            case e.StopRequested():
                return self._stop(now)
        return None

    def _press(self, now: float) -> Iterator[Output]:
        dialogue = self._dialogue
        if dialogue.state.muted or dialogue.spent:
            yield c.PlayCue(Cue.MUTED if dialogue.state.muted else Cue.DAILY_COST)
        elif dialogue.listens:
            yield c.CloseUplink()
        else:
            yield from self._keeper.invite(now)

    def _mute(self, muted: bool, now: float) -> Iterator[Output]:
        if muted:
            yield from self._keeper.interrupt(now)
        yield from self._keeper.mute(muted)

    def _stop(self, now: float) -> Iterator[Output]:
        yield from self._keeper.interrupt(now)
        yield from self._dialogue.calls.abandon()
        yield c.Shutdown()
