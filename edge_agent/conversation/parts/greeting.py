"""The service greets, at the beginning of a session: once in a visit, and only who has not begun to talk.

Each session begins with a greeting, also one that follows a lost link; a second one in a visit is not wanted, nor one
over what somebody says, or is about to. The service part cancels those, as it does with all that nobody asked for.
"""

from __future__ import annotations

from collections.abc import Iterable

from ...vocabulary import commands as c
from ...vocabulary import events as e
from ...vocabulary.state import Turn
from ..turn_keeper import TurnKeeper
from .part import Output, Outputs, Part


class GreetingPart(Part[TurnKeeper]):
    KEPT = ("awaited", "greeted", "before")

    def __init__(self, keeper: TurnKeeper) -> None:
        super().__init__(keeper)
        self.awaited = False  # the session has just begun
        self.greeted: int | None = None  # which visit
        self.before: int | None = None  # the turn of a greeting after which somebody is listened to again

    def handle(self, event: e.Event, now: float, /) -> Iterable[Output] | None:
        keeper = self.keeper
        match event:
            case e.OpeningRequested(text=text) if text:
                self.greeted = keeper.visits  # with other words
            case e.Connected() if keeper.settings.is_greeted:
                self.awaited = True
            case e.ResponseStarted(request_id=None) if self.awaited and keeper.state.online:
                is_first = self.greeted != keeper.visits
                self.awaited, self.greeted = False, keeper.visits
                if is_first and self._is_heard:
                    return self._greet(event, now)
        return None

    @property
    def _is_heard(self) -> bool:
        """Whether somebody is here, and says nothing."""
        keeper, utterance = self.keeper, self.keeper.utterance
        state = keeper.state
        if state.muted or state.lost or state.announcing or state.ringing or keeper.spent:
            return False
        if keeper.turn is Turn.LISTENING:
            return utterance.by_itself and not (utterance.voice or utterance.texts)
        return keeper.is_quiet and keeper.presence.visited

    def _greet(self, started: e.ResponseStarted, now: float) -> Outputs:
        keeper = self.keeper
        listening = keeper.turn is Turn.LISTENING and not keeper.utterance.closing
        yield from keeper.end("empty")
        keeper.be_addressed(now)
        self.before = keeper.number if listening else None
        yield from keeper.begin_answer(started, now)

    def settle(self, now: float, /) -> Outputs:
        keeper = self.keeper
        if self.before is None or not (keeper.is_quiet or keeper.number != self.before):
            return
        goes_on = keeper.number == self.before and keeper.outcome == "answered"
        self.before = None
        if goes_on:
            yield from keeper.listen(now, by_itself=True)
            yield keeper.recording
            yield c.PlayCue(c.Cue.LISTENING)
