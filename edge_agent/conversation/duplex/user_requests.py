"""What people want: with the button, by text, from a shell; and what a day may cost. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from ...vocabulary import commands as c
from ...vocabulary import events as e
from ...vocabulary.commands import Cue
from ...vocabulary.notices import NOTHING, Output
from .dialogue import Dialogue
from .link_keeping import LinkKeeping
from .listening import Listening
from .speaking import Speaking

TYPED = "The user has typed this; answer it now: {}"


class UserRequests:
    def __init__(
        self, dialogue: Dialogue, link: LinkKeeping, listening: Listening, speaking: Speaking
    ) -> None:
        self._dialogue, self._link, self._listening, self._speaking = dialogue, link, listening, speaking

    def handle(self, event: e.Event, now: float) -> Iterable[Output] | None:
        dialogue = self._dialogue
        match event:
            case e.Tick():
                return self._tick(now)
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
            case e.InterruptRequested() | e.StopWordHeard():
                return self._end(now)
            case e.ForgetRequested():
                return [*self._end(now), *self._link.forget(), c.PlayCue(Cue.FORGOTTEN)]
            case e.TextEntered() if dialogue.spent:
                return [c.PlayCue(Cue.DAILY_COST)]
            case e.TextEntered(text):
                return self._take_text(text, now)
            case e.BudgetSpent(spent):
                dialogue.spent = spent
                return NOTHING
            case e.AnnouncementMade(number):
                return [c.SettleAnnouncement(number, "dropped")]
            case e.OpeningRequested(number):
                return [c.SettleOpening(number, "failed")]
            case e.StopRequested():
                return [*self._end(now), c.Shutdown()]
        return None

    def _tick(self, now: float) -> Iterator[Output]:
        yield from self._listening.tick(now)
        yield from self._speaking.tick(now)
        yield from self._link.tick(now)

    def _press(self, now: float) -> Iterator[Output]:
        dialogue = self._dialogue
        if dialogue.state.muted or dialogue.spent:
            yield c.PlayCue(Cue.MUTED if dialogue.state.muted else Cue.DAILY_COST)
        elif dialogue.listens:
            yield c.CloseUplink()
        else:
            yield from self._listening.invite(now)

    def _mute(self, muted: bool, now: float) -> Iterator[Output]:
        dialogue = self._dialogue
        if muted:
            yield from self._end(now)
        dialogue.state = replace(dialogue.state, muted=muted)
        yield c.MuteMicrophone(muted)
        if dialogue.state.online:
            yield c.MuteInput(muted)
        yield c.PlayCue(Cue.MUTED if muted else Cue.UNMUTED)

    def _end(self, now: float) -> Iterator[Output]:
        """Whatever is going on ends now."""
        dialogue = self._dialogue
        asked = dialogue.asked_at is not None
        unanswered = asked or (dialogue.listens and bool(dialogue.kept.pieces or dialogue.texts))
        yield from self._listening.leave()
        yield from self._speaking.stop(now)
        if asked:
            dialogue.outcome = "interrupted"
        if unanswered:
            # what the model has heard it answers, whatever it is told
            yield from self._link.leave(c.CloseLink())
        dialogue.give_up()

    def _take_text(self, text: str, now: float) -> Iterator[Output]:
        dialogue = self._dialogue
        dialogue.transcript.note("user", text)
        told = c.Tell("commentary", TYPED.format(text))
        dialogue.texts.append(told)
        if dialogue.state.online:
            yield told
        yield from self._link.want()
        dialogue.ask(now)
