"""What the service hears and answers, and the deadlines of the turn."""

from __future__ import annotations

from collections.abc import Iterable

from ...vocabulary import commands as c
from ...vocabulary import events as e
from ...vocabulary.commands import Cue
from ...vocabulary.state import Turn
from ..responses import Refusal
from ..retries import NO_SOUND, TIMEOUT, Attempt
from ..turn_keeper import TurnKeeper
from .part import NOTHING, Output, Outputs, Part

SILENT_MS = 4000  # of zeros at the beginning of an answer: it will have no sound
DOUBT_S = 5.0  # for an answer to begin, after an error that may have meant its request


class ServicePart(Part[TurnKeeper]):
    @property
    def due(self) -> float | None:
        moments = self.keeper.turn_due, self.keeper.exchange.retry_at
        return min((at for at in moments if at is not None), default=None)

    def handle(self, event: e.Event, now: float, /) -> Iterable[Output] | None:
        keeper, exchange = self.keeper, self.keeper.exchange
        match event:
            case e.ServiceSpeechStarted() if not keeper.settings.service_ends or exchange.takes_in:
                return NOTHING  # of no use, or about what is over
            case e.ServiceSpeechStarted() if (
                keeper.turn in (Turn.THINKING, Turn.SPEAKING) and not keeper.state.muted
            ):
                return self._hear_voice(now)
            case e.InputCommitted(item_id):
                return self._take_in(item_id, now)
            case e.ResponseStarted():
                return keeper.begin_answer(event, now)
            case e.AudioDelta(response_id, pcm=pcm) if pcm and exchange.is_answer(response_id):
                return self._hear_answer(event, now)
            case e.ResponseDone():
                return self._end_answer(event, now)
            case e.ServiceErred():
                return self._refuse(event, now)
            case e.UserTranscribed() | e.TranscriptDelta() | e.WordTimed() | e.AudioFinished():
                return exchange.hear(event)
        return None

    def _hear_voice(self, now: float) -> Outputs:
        """It has cancelled its answer by itself, and waits for the end of what it hears."""
        self.keeper.exchange.interrupted()
        yield from self.keeper.listen(now, voice=True)
        yield c.OpenUplink("closed")

    def _take_in(self, item_id: str, now: float) -> Outputs:
        keeper = self.keeper
        ours = keeper.exchange.committed(item_id)
        if keeper.turn is Turn.LISTENING and keeper.settings.service_ends and not ours:
            yield c.CloseUplink()
            keeper.exchange.taken_in()
            if keeper.spent:
                yield from keeper.give_up(Cue.DAILY_COST)
                return
            keeper.exchange.expect()
            keeper.go(Turn.THINKING, due=now + keeper.settings.begin_s)

    def _hear_answer(self, delta: e.AudioDelta, now: float) -> Outputs:
        keeper, exchange = self.keeper, self.keeper.exchange
        yield from keeper.speak(delta, now)
        if exchange.silent_ms >= SILENT_MS and keeper.turn is Turn.SPEAKING:
            yield from self._take_for_silent()
            yield from exchange.cancel()
            yield from keeper.fail(NO_SOUND, now)

    def _end_answer(self, done: e.ResponseDone, now: float) -> Outputs:
        keeper, exchange = self.keeper, self.keeper.exchange
        if not exchange.done(done.response_id):
            yield from exchange.unwanted(done)
            return
        failure = "" if done.status == "completed" else done.reason or done.status
        if keeper.turn is Turn.SPEAKING and not exchange.sounded and exchange.silent_ms:
            yield from self._take_for_silent()
        speaking = keeper.turn is Turn.SPEAKING
        if speaking:
            keeper.broken_off = keeper.refused = failure
            yield c.FinishPlayback()
        yield from exchange.finish(done, now, asks=not keeper.spent)
        if keeper.spent and done.calls and not keeper.calls.is_open:
            yield from keeper.give_up(Cue.DAILY_COST)
            return
        if done.calls and not failure and not speaking and keeper.calls.are_quiet(done.calls):
            yield from keeper.end("empty")
            return
        if exchange.pending:
            if done.calls and not speaking:
                keeper.await_answer(now)
            return
        if speaking:
            exchange.came_whole()
        else:
            yield from keeper.fail(failure or NO_SOUND, now, wait_s=done.wait_s)

    def _take_for_silent(self) -> Outputs:
        """An answer of nothing but zeros does not count."""
        yield self.keeper.exchange.stop_speaking()
        self.keeper.go(Turn.THINKING, due=self.keeper.due)

    def _refuse(self, error: e.ServiceErred, now: float) -> Outputs:
        """The service refuses something: perhaps the request for an answer."""
        keeper = self.keeper
        keeper.refused = error.code
        match keeper.exchange.refused(error.code, error.request_id):
            case Refusal.LOST:
                yield from keeper.fail(error.code, now, wait_s=error.wait_s)
            case Refusal.PERHAPS if keeper.due and keeper.turn is Turn.THINKING:
                keeper.due = min(keeper.due, now + DOUBT_S)
        yield from keeper.exchange.ask_next()

    # ---- time -----------------------------------------------------------
    def tick(self, now: float, /) -> Outputs:
        keeper = self.keeper
        yield from keeper.exchange.retry(now)
        due = keeper.turn_due
        if due is not None and now >= due:
            yield from self._run_out(now)

    def _run_out(self, now: float) -> Outputs:
        """The turn has taken too long where it is."""
        keeper, exchange, utterance = self.keeper, self.keeper.exchange, self.keeper.utterance
        match keeper.turn:
            case Turn.LISTENING if utterance.closing and exchange.asked_ms:
                yield c.CloseUplink()  # the sound does not answer: what came of it is what there is
                yield from keeper.finish_listening(now)
            case Turn.LISTENING if utterance.talking and not utterance.closing:
                yield from utterance.close(now)
            case Turn.LISTENING:
                yield from keeper.give_up(Cue.GAVE_UP, "empty" if utterance.is_open else "unanswered")
            case Turn.THINKING if exchange.unasked:
                yield from keeper.end("unanswered")
            case Turn.THINKING if keeper.state.online and exchange.failed(TIMEOUT, now) is Attempt.RENEW:
                keeper.waits_since = None
                yield from keeper.leave(c.RenewLink())
            case Turn.THINKING if keeper.state.online:
                yield from keeper.give_up(Cue.GAVE_UP)
                yield from keeper.leave(c.RenewLink())  # a session that says nothing
            case Turn.THINKING:
                offline = keeper.cause is Cue.OFFLINE  # which says that the question is kept
                yield from keeper.give_up(Cue.NO_NETWORK if offline else keeper.cause)
            case _:
                yield from keeper.give_up(Cue.GAVE_UP)
