"""The link comes and goes: sessions are lost, begun, moved, and left when nobody talks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ...vocabulary import commands as c
from ...vocabulary import events as e
from ...vocabulary.state import Turn
from ..presence import QuietStep
from ..spoken_causes import OFFLINE
from ..turn_keeper import TurnKeeper
from .part import NOTHING, Output, Outputs, Part


class LinkPart(Part[TurnKeeper]):
    @property
    def due(self) -> float | None:
        return self.keeper.presence.due

    def handle(self, event: e.Event, now: float, /) -> Iterable[Output] | None:
        match event:
            case e.Connected():
                return self._begin_session(now)
            case e.Disconnected():
                return self._lose_session(now)
            case e.LinkFailed(code, told=told):
                return self._fail(code, told=told)
            case e.LinkPrepared(urgent):
                self.keeper.presence.prepared(urgent=urgent)
                return NOTHING
            case e.Withdrawn():
                return self.keeper.exchange.withdrawn(event)
            case _ if isinstance(event, e.ServiceEvent) and not self.keeper.state.online:
                return NOTHING  # of a session that was left
        return None

    def rest(self, now: float, /) -> Outputs:
        """What is to be done because nobody talks, or whoever does."""
        keeper = self.keeper
        speaks_by_itself = keeper.turn in (Turn.THINKING, Turn.SPEAKING) and keeper.exchange.unasked
        # which does not mean that anybody is here: the visit goes on towards its end
        quiet, online = keeper.is_quiet, keeper.state.online
        steps = [] if speaks_by_itself else keeper.presence.steps(now, quiet=quiet, online=online)
        for step in steps:
            match step:
                case QuietStep.CLOSE:
                    yield from keeper.leave(c.CloseLink())
                case QuietStep.FORGET:
                    yield from keeper.forget()
                case QuietStep.SWITCH if keeper.state.online:
                    yield from self._switch(now)
        receiving = keeper.turn is Turn.SPEAKING and keeper.exchange.pending
        if keeper.presence.urgent and not (receiving or keeper.exchange.is_stopping):
            yield from self._switch(now)

    def _begin_session(self, now: float) -> Outputs:
        keeper = self.keeper
        keeper.state = replace(keeper.state, online=True, standby=False)
        keeper.is_hopeless, keeper.link_trouble = False, OFFLINE
        if keeper.turn is Turn.THINKING and not keeper.exchange.may_ask():
            keeper.refused = "link-lost"
            yield from keeper.give_up(c.Cue.SERVICE_PROBLEM)
        thinking = keeper.turn is Turn.THINKING
        yield from keeper.exchange.begin_session(wanted=thinking)
        if thinking:
            keeper.await_answer(now)

    def _lose_session(self, now: float) -> Outputs:
        keeper, exchange = self.keeper, self.keeper.exchange
        keeper.state = replace(keeper.state, online=False)
        exchange.lose_session()
        speaking = keeper.turn is Turn.SPEAKING
        if keeper.turn is Turn.THINKING and exchange.unasked:
            yield from keeper.end("unanswered")
        elif keeper.turn is Turn.LISTENING:
            yield from keeper.utterance.lose_service(now)
        elif speaking and not exchange.asks:
            yield c.FinishPlayback()  # what came is still worth hearing
        elif speaking or keeper.turn is Turn.THINKING:
            yield from exchange.end_utterance()
            if not exchange.asks:
                yield from keeper.give_up(c.Cue.GAVE_UP)
                return
            if speaking:
                yield exchange.stop_speaking()
                keeper.go(Turn.THINKING)
            keeper.wait_for_link(now)

    def _fail(self, code: str, *, told: bool) -> Outputs:
        keeper = self.keeper
        keeper.link_trouble, keeper.is_hopeless = code, told
        keeper.state = replace(keeper.state, standby=False)
        if told and keeper.turn is Turn.THINKING:
            yield from keeper.give_up(keeper.cause)

    def _switch(self, now: float) -> Outputs:
        """Go on in the session that was prepared."""
        keeper = self.keeper
        keeper.presence.done(QuietStep.SWITCH)
        listening = keeper.turn is Turn.LISTENING
        yield from keeper.utterance.lose_service(now) if listening else keeper.exchange.end_utterance()
        yield c.SwitchLink()
        yield from self._begin_session(now)
