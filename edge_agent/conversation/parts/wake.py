"""The wake word: somebody calls the device, may go on without the word for a while, and then it rests again."""

from __future__ import annotations

from collections.abc import Iterable

from ...vocabulary import commands as c
from ...vocabulary import events as e
from ...vocabulary.commands import Cue
from ...vocabulary.state import Turn
from .part import NOTHING, Keeper, Output, Outputs, Part


class WakePart(Part[Keeper]):
    KEPT = ("is_called", "before", "follow_up_until", "accepts", "persona")

    def __init__(self, keeper: Keeper) -> None:
        super().__init__(keeper)
        # the last turn, or the one before it: whoever speaks after its answer goes on with it
        self.is_called = False
        self.before = Turn.IDLE  # the event
        self.follow_up_until: float | None = None
        self.accepts = False  # a voice without the word, as the sound was told
        self.persona = ""  # the word of whoever answers; empty: [assistant]

    @property
    def due(self) -> float | None:
        return self.follow_up_until

    def handle(self, event: e.Event, now: float, /) -> Iterable[Output] | None:
        keeper = self.keeper
        match event:
            case e.AudioStarted():
                self.accepts = False  # the sound knows nothing of what was before
            case e.ButtonPressed() | e.OpeningRequested() if not keeper.state.muted:
                self.is_called = keeper.settings.waits_for_word  # then a press is a call too
            case e.OwnWordHeard():
                return NOTHING
            case e.WakeWordHeard() if keeper.state.muted or keeper.turn is Turn.LISTENING:
                return NOTHING
            case e.WakeWordHeard() if keeper.spent:
                return [*keeper.interrupt(now), c.PlayCue(Cue.DAILY_COST)]
            case e.WakeWordHeard(word):
                return self._call(word, now)
            case e.StopWordHeard():
                silenced = keeper.turn in (Turn.THINKING, Turn.SPEAKING)
                return keeper.interrupt(now) if silenced else NOTHING
        return None

    def _call(self, word: str, now: float) -> Outputs:
        keeper = self.keeper
        if (persona := word if word in keeper.settings.personas else "") != self.persona:
            yield from keeper.interrupt(now)
            yield from keeper.forget(c.CloseLink(), called=True)
            yield self._choose(persona)
        self.is_called = True
        yield from keeper.invite(now, called=True)

    def _choose(self, persona: str) -> c.ChoosePersona:
        self.persona = persona
        return c.ChoosePersona(persona)

    def settle(self, now: float, /) -> Outputs:
        keeper = self.keeper
        before, self.before = self.before, keeper.turn
        self._follow_up(before, now)
        accepts = self.follow_up_until is not None
        if accepts is not self.accepts:
            self.accepts = accepts
            yield c.AcceptVoice(accepts)
        if keeper.turn is not Turn.IDLE:
            return
        if self.persona and not keeper.presence.visited and not keeper.state.online:
            yield self._choose("")
        if keeper.settings.begins_unlinked and not (keeper.state.online or keeper.state.standby):
            yield from keeper.leave(c.CloseLink())  # nobody waits for one

    def _follow_up(self, before: Turn, now: float) -> None:
        """Whoever has called may speak after the answer, until it has been quiet for long enough."""
        keeper = self.keeper
        is_free = keeper.turn is Turn.IDLE and keeper.presence.visited and self.is_called
        if not is_free or keeper.state.muted or keeper.state.lost or keeper.spent:
            self.follow_up_until = None
        elif before is Turn.SPEAKING and keeper.settings.taking.follow_up_s:
            self.follow_up_until = now + keeper.settings.taking.follow_up_s
        elif self.follow_up_until is not None and now >= self.follow_up_until:
            self.follow_up_until, self.is_called = None, False
