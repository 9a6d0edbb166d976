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
from .opening import TAIL_S
from .part import Output, Outputs, Part


class GreetingPart(Part[TurnKeeper]):
    KEPT = ("awaited", "greeted", "before", "listens_at")

    def __init__(self, keeper: TurnKeeper) -> None:
        super().__init__(keeper)
        self.awaited = False  # the session has just begun
        self.greeted: int | None = None  # which visit
        self.before: int | None = None  # the turn of a greeting after which somebody is listened to again
        self.listens_at: float | None = None  # it has been heard

    @property
    def due(self) -> float | None:
        return self.listens_at

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
        """After it, somebody is listened to."""
        keeper, state = self.keeper, self.keeper.state
        if self.before is None:
            return
        if keeper.number != self.before or state.muted or keeper.spent or self._was_not_heard:
            self.before = self.listens_at = None
        elif not keeper.is_quiet or state.announcing or state.ringing:
            self.listens_at = None
        elif self.listens_at is None:
            self.listens_at = now + TAIL_S
            yield c.PlayCue(c.Cue.LISTENING)
        elif now >= self.listens_at:
            self.before = self.listens_at = None
            yield c.ForgetPreroll()
            yield from keeper.begin_by_itself(now, 0.0)

    @property
    def _was_not_heard(self) -> bool:
        """To its end, that is."""
        return self.keeper.turn is Turn.IDLE and self.keeper.outcome != "answered"
