"""The turn machine: events in, commands out. No I/O, no clock, no threads.

The only place that changes what the device is doing. Beside it stand small machines: `utterance` (what is being
said, and how long to listen), `exchange` (what was asked, and what came of it), `presence` (is anybody here).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ..vocabulary import commands as c
from ..vocabulary import events as e
from ..vocabulary.commands import Cue
from ..vocabulary.state import LEGAL, State, Turn
from . import commits, retries
from .exchange import Exchange
from .presence import Presence, QuietStep
from .responses import Refusal
from .settings import TurnSettings
from .spoken_causes import spoken_cause
from .utterance import AUDIO_REPLY_S, Utterance

DOUBT_S = 5.0  # for an answer to begin, after an error that may have meant its request


class Conversation:
    """Decides; never acts. `handle` every event, and `Tick` when `deadline` (same clock as `now`) comes."""

    def __init__(self, settings: TurnSettings | None = None, state: State | None = None) -> None:
        self.settings = settings or TurnSettings()
        self.state = state or State()
        self.turns = 0  # how many there have been
        self._due: float | None = None  # of this turn; the utterance has its own
        self._utterance = Utterance(self.settings, 0)
        self.exchange = Exchange(detects=self.settings.service_ends)
        self._presence = Presence(self.settings)
        self.sounds = False  # the devices are open
        self._cause, self._hopeless = Cue.OFFLINE, False  # why the link is down; waiting alone will not help
        self._spent = False  # today's budget
        self._stopping = False

    @property
    def deadline(self) -> float | None:
        """When to send `Tick`; never None in a turn."""
        moments = self._turn_due, self.exchange.retries.at, self._presence.due
        return min((at for at in moments if at is not None), default=None)

    @property
    def _turn_due(self) -> float | None:
        return self._utterance.due if self.state.turn is Turn.LISTENING else self._due

    def handle(self, event: e.Event, now: float) -> list[c.Command]:
        """The commands that an event leads to, in order."""
        return [*self._handle(event, now), *self._rest(now)]

    def _handle(self, event: e.Event, now: float) -> Iterator[c.Command]:
        turn, exchange = self.state.turn, self.exchange
        match event:
            case e.PlaybackStopped(heard):
                yield from self.exchange.settle(exchange.answer.stopped(heard))
            case e.PlaybackDrained(heard):
                if exchange.drained(heard) and turn is Turn.SPEAKING:
                    yield from self._finish_speaking(now)
            case e.AudioLost(part):
                yield from self._lose_sound(part)
            case e.StopRequested():
                yield from self._end_turn()
                self._stopping, self._due = True, now + AUDIO_REPLY_S
            case e.Tick() if self._stopping:
                yield from exchange.settle(exchange.answer.forsaken())
            case _ if self._stopping or (isinstance(event, e.ServiceEvent) and not self.state.online):
                pass  # too late
            # ---- link
            case e.Connected():
                yield from self._connect(now)
            case e.Disconnected():
                yield from self._disconnect(now)
            case e.LinkFailed(code, told=told):
                self._cause, self._hopeless = spoken_cause(code), told
                self.state = replace(self.state, standby=False)
                if told and turn is Turn.THINKING:
                    yield from self._give_up(self._cause)
            case e.LinkPrepared(urgent):
                self._presence.prepared(urgent=urgent)
            # ---- people
            case e.MuteSwitched(muted) if muted is not self.state.muted:
                yield from self._mute(not self.state.muted)
            case e.VolumeSet() | e.VolumeStepped():
                self.state = replace(self.state, volume=event.applied_to(self.state.volume))
                yield c.SetVolume(self.state.volume)
            case e.InterruptRequested():
                yield from self._end_turn()
            case e.ForgetRequested():
                yield from self._give_up(Cue.FORGOTTEN)
                yield from self._forget()
            case e.BudgetSpent(spent):
                self._spent = spent
            case e.ButtonPressed() if self.state.muted:
                yield c.PlayCue(Cue.MUTED)
            case e.ButtonPressed() | e.TextEntered() if self._spent and turn is not Turn.LISTENING:
                yield from self._give_up(Cue.DAILY_COST)
            case e.UplinkOpened(opened_by="speech") if self._spent:
                pass  # who talks is let finish, and told
            case e.SpeechEnded() if self._spent and self.settings.hands_free and turn is Turn.IDLE:
                yield c.CloseUplink()
                yield c.PlayCue(Cue.DAILY_COST)
            case e.TextEntered(text):
                yield from self._begin_turn()
                exchange.question.write(text)
                yield from self._ask(now)
            case e.ButtonPressed() if turn is not Turn.LISTENING:
                yield from self._invite(now)
            # ---- sound
            case e.AudioStarted():
                yield from self._find_sound()
            case e.UplinkOpened(opened_by="speech") if turn is not Turn.LISTENING and not self.state.muted:
                yield from self._listen(now)
                self._utterance.open(event)
            case e.MicAudioRecorded(uplink_id) | e.UplinkClosed(uplink_id) if not (
                turn is Turn.LISTENING and self._utterance.owns(uplink_id)
            ):
                pass  # of an utterance that is over
            case e.MicAudioRecorded(_, pcm):
                exchange.question.add(pcm)
                yield from exchange.send()
            case e.UplinkClosed():
                yield from self._ask(now, wanted=self._utterance.wants_answer(event))
                if self._utterance.again:
                    yield from self._invite(now)
            # ---- the service's ear
            case e.ServiceSpeechStarted() if not self.settings.service_ends or exchange.commits.pending:
                pass  # of no matter, or about what is over
            case e.ServiceSpeechStarted() if turn in (Turn.THINKING, Turn.SPEAKING) and not self.state.muted:
                exchange.responses.interrupted()  # by itself, and it waits for the end of what it hears
                yield from self._listen(now, voice=True)
                yield c.OpenUplink("closed")
            case e.InputCommitted(item_id):
                ours = exchange.committed(item_id)
                if turn is Turn.LISTENING and self.settings.service_ends and not ours:
                    yield c.CloseUplink()
                    exchange.responses.expect()
                    self._go(Turn.THINKING, due=now + self.settings.begin_s)
            # ---- the answer
            case e.UserTranscribed() | e.TranscriptDelta() | e.AudioFinished():
                exchange.note(event)
            case e.ResponseStarted(response_id, request_id):
                yield from exchange.responses.started(response_id, request_id)
                begun = turn is Turn.THINKING and exchange.responses.current
                self._due = now + self.settings.answer_s if begun else self._due
            case e.AudioDelta(response_id, pcm=pcm) if pcm and response_id == exchange.responses.current:
                yield from self._speak(event, now)
            case e.ResponseDone(response_id):
                ours = exchange.responses.done(response_id)
                yield from self._finish_response(event, now) if ours else exchange.unwanted(event)
            case e.ServiceErred(commits.EMPTY):
                exchange.commits.settled()
            case e.ServiceErred(code, request_id=request_id):
                yield from self._refuse(code, request_id, now)
            case e.PlaybackStarved() if turn is Turn.SPEAKING:
                self._due = now + self.settings.stall_s
            case e.Tick():
                yield from self._tick(now)
            case _ if turn is Turn.LISTENING:
                detected = self.state.online and not exchange.question.undetected
                yield from self._utterance.handle(event, now, detected=detected)

    # ---- listening ------------------------------------------------------
    def _begin_turn(self) -> Iterator[c.Command]:
        """The old turn ends; what of it waits for the link is answered together with the new one."""
        waits = self.state.turn is Turn.THINKING and not self.state.online
        waiting = self.exchange.question if waits else None
        yield from self._end_turn()
        self.turns += 1
        self.exchange.begin(waiting)
        if not self.state.online:
            self._hopeless = False  # it is tried once more
            yield c.OpenLink()

    def _listen(self, now: float, *, voice: bool = False) -> Iterator[c.Command]:
        yield from self._begin_turn()
        self.exchange.question.begin()
        self._utterance = Utterance(self.settings, now, sounds=self.sounds, voice=voice)
        self._go(Turn.LISTENING)

    def _invite(self, now: float) -> Iterator[c.Command]:
        """The button asks to be heard."""
        yield from self._listen(now)
        yield c.OpenUplink(self.settings.until)
        yield c.PlayCue(Cue.LISTENING)

    # ---- asking ---------------------------------------------------------
    def _ask(self, now: float, *, wanted: bool = True) -> Iterator[c.Command]:
        """The question is complete: send what is left of it, and want an answer.

        `wanted`: to what was said last; what waits from before is asked in any case.
        """
        question = self.exchange.question
        yield from question.end(wanted=wanted)
        if question.empty:
            yield from self._end_turn()
            return
        self._go(Turn.THINKING, due=now + self.settings.begin_s)
        yield from self.exchange.ask()
        if question.forgot:
            yield c.PlayCue(Cue.LOST_WORDS)
        if self.state.online:
            if question.spoken:
                yield c.PlayCue(Cue.DONE)
        elif self._hopeless:
            yield from self._give_up(self._cause)
        else:
            self._due = now + self.settings.offline_s
            if not self.state.standby:
                yield c.PlayCue(Cue.OFFLINE)

    # ---- answering ------------------------------------------------------
    def _speak(self, delta: e.AudioDelta, now: float) -> Iterator[c.Command]:
        answer = self.exchange.receive(delta)
        if self.state.turn is Turn.THINKING:
            self._go(Turn.SPEAKING)
        self._due = now + answer.unsettled_ms / 1000 + self.settings.stall_s
        yield c.Play(delta.item_id, delta.pcm)
        if self.state.lost:
            yield from self._end_turn()
            yield from self.exchange.settle(answer.forsaken())

    def _finish_response(self, done: e.ResponseDone, now: float) -> Iterator[c.Command]:
        speaking = self.state.turn is Turn.SPEAKING
        if speaking:
            yield c.FinishPlayback()
        yield from self.exchange.finish(done)
        if self.exchange.responses.pending:
            return
        if speaking:
            self.exchange.answered()
        else:
            yield from self._fail(done.reason, now)

    def _finish_speaking(self, now: float) -> Iterator[c.Command]:
        if self.exchange.responses.pending:
            self._go(Turn.THINKING, due=now + self.settings.answer_s)
        else:
            self._go(Turn.IDLE)
            if not self.state.online:
                yield c.PlayCue(Cue.OFFLINE)

    def _refuse(self, code: str, request_id: str | None, now: float) -> Iterator[c.Command]:
        """The service refuses something: perhaps the request for an answer."""
        responses = self.exchange.responses
        match responses.refused(code, request_id):
            case Refusal.LOST:
                yield from self._fail(code, now)
            case Refusal.PERHAPS if self._due:
                self._due = min(self._due, now + DOUBT_S)
        yield from responses.next()

    def _fail(self, code: str, now: float) -> Iterator[c.Command]:
        """The answer will not come. Once more, if that may help, and in another session; else tell the user."""
        tries = self.exchange.retries
        if self.state.turn is not Turn.THINKING or tries.may_help(code, now):
            return
        if code in retries.POISONED and tries.may_renew():
            yield from self._leave(c.RenewLink())
        else:
            yield from self._give_up(spoken_cause(code) if code in retries.MOST_ATTEMPTS else Cue.GAVE_UP)

    # ---- ending ---------------------------------------------------------
    def _end_turn(self) -> Iterator[c.Command]:
        """Whatever is going on ends now, politely; nothing of it is answered."""
        match self.state.turn:
            case Turn.LISTENING:
                yield c.CloseUplink()
                yield from self.exchange.question.take_back()
            case Turn.SPEAKING:
                yield self.exchange.answer.stop()
        yield from self.exchange.give_up()
        if self.state.turn is not Turn.IDLE:
            self._go(Turn.IDLE)

    def _give_up(self, cue: Cue) -> Iterator[c.Command]:
        yield from self._end_turn()
        yield c.PlayCue(cue)

    def _mute(self, muted: bool) -> Iterator[c.Command]:
        if muted:
            yield from self._end_turn()
        self.state = replace(self.state, muted=muted)
        yield c.MuteMicrophone(muted)
        yield c.PlayCue(Cue.MUTED if muted else Cue.UNMUTED)

    # ---- sound ----------------------------------------------------------
    def _find_sound(self) -> Iterator[c.Command]:
        """The sound is there, and knows nothing of what was before."""
        self.sounds, self.state = True, replace(self.state, lost="")
        yield from self.exchange.settle(self.exchange.answer.forsaken())
        yield c.SetVolume(self.state.volume)
        yield c.MuteMicrophone(self.state.muted)
        if self.state.turn is Turn.LISTENING and not self._utterance.closing:
            yield c.OpenUplink(self.settings.until)

    def _lose_sound(self, part: str) -> Iterator[c.Command]:
        self.sounds, self.state = False, replace(self.state, lost=part)
        if self.state.turn is not Turn.THINKING:  # then it may be back before the answer
            yield from self._end_turn()
        yield from self.exchange.settle(self.exchange.answer.forsaken())

    # ---- link -----------------------------------------------------------
    def _connect(self, now: float) -> Iterator[c.Command]:
        self.state = replace(self.state, online=True, standby=False)
        self._hopeless, self._cause = False, Cue.OFFLINE
        yield from self.exchange.begin_session()
        if self.state.turn is Turn.THINKING:
            self._due = now + self.settings.answer_s
            yield from self.exchange.responses.ask()

    def _disconnect(self, now: float) -> Iterator[c.Command]:
        self.state = replace(self.state, online=False)
        self.exchange.lose_session()
        question, speaking = self.exchange.question, self.state.turn is Turn.SPEAKING
        if self.state.turn is Turn.LISTENING:
            yield from self._utterance.lose_service(now)
        elif speaking and question.empty:
            yield c.FinishPlayback()  # what came is still worth hearing
        elif speaking or self.state.turn is Turn.THINKING:
            yield from question.end()
            if question.empty:
                yield from self._give_up(Cue.OFFLINE)
                return
            if speaking:
                yield self.exchange.answer.stop()
                self._go(Turn.THINKING)
            self._due = now + self.settings.offline_s

    def _leave(self, command: c.CloseLink | c.RenewLink) -> Iterator[c.Command]:
        """Leave this session on purpose; `Disconnected` follows."""
        self.state = replace(self.state, online=False, standby=True)
        self.exchange.lose_session()
        yield command

    def _switch(self, now: float) -> Iterator[c.Command]:
        """Go on in the session that was prepared."""
        self._presence.done(QuietStep.SWITCH)
        listening = self.state.turn is Turn.LISTENING
        yield from self._utterance.lose_service(now) if listening else self.exchange.question.end()
        yield c.SwitchLink()
        yield from self._connect(now)

    # ---- nobody there ---------------------------------------------------
    def _rest(self, now: float) -> Iterator[c.Command]:
        """After each event: what is to be done because nobody talks, or whoever does."""
        quiet = self.state.turn is Turn.IDLE and not self.exchange.answer.stopping
        if self._stopping:
            yield from [c.Shutdown()] if quiet else []
            return
        for step in self._presence.steps(now, quiet=quiet, online=self.state.online):
            match step:
                case QuietStep.CLOSE:
                    yield from self._leave(c.CloseLink())
                case QuietStep.FORGET:
                    yield from self._forget()
                case QuietStep.SWITCH if self.state.online:
                    yield from self._switch(now)
        receiving = self.state.turn is Turn.SPEAKING and self.exchange.responses.pending
        if self._presence.urgent and not (receiving or self.exchange.answer.stopping):
            yield from self._switch(now)

    def _forget(self) -> Iterator[c.Command]:
        """The visit is over: nothing of it is left here, or at the service."""
        yield c.ForgetPreroll()
        self.exchange.transcript.forget()
        self._presence.done(QuietStep.FORGET)
        if self.state.online:
            yield from self._leave(c.RenewLink())

    # ---- time -----------------------------------------------------------
    def _tick(self, now: float) -> Iterator[c.Command]:
        exchange = self.exchange
        if exchange.retries.due(now):
            yield from exchange.responses.ask()
        due = self._turn_due
        if due is None or now < due:
            return
        match self.state.turn:
            case Turn.LISTENING if self._utterance.closing and exchange.question.ms:
                yield from self._ask(now)  # the sound does not answer: what came of it is what there is
            case Turn.LISTENING if self._utterance.talking and not self._utterance.closing:
                yield from self._utterance.close(now)
            case Turn.THINKING if self.state.online and exchange.retries.may_renew():
                yield from self._leave(c.RenewLink())
            case Turn.THINKING:
                yield from self._give_up(Cue.GAVE_UP if self.state.online else self._cause)
                exchange.forget_requests()
            case _:
                yield from self._give_up(Cue.GAVE_UP)

    def _go(self, turn: Turn, *, due: float | None = None) -> None:
        assert turn in LEGAL[self.state.turn], f"{self.state.turn} -> {turn}"
        self.state = replace(self.state, turn=turn)
        self._due = due
