"""Keeps the turn: whose it is, and the verbs by which one begins, is asked and ends. Pure.

The parts (`parts/`) say when; what they do to the turn is done here alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

from ..vocabulary import commands as c
from ..vocabulary import events as e
from ..vocabulary.commands import Cue
from ..vocabulary.notices import Outcome, Output, TurnEnded
from ..vocabulary.state import LEGAL, State, Turn
from .calls import CallCommand, Calls
from .exchange import Exchange
from .presence import Presence, QuietStep
from .responses import Responses
from .retries import NO_SOUND, SAME_AGAIN, TIMEOUT, Attempt
from .settings import TurnSettings
from .spoken_causes import OFFLINE, link_cause, spoken_cause
from .utterance import Utterance

NOBODYS_FAULT = SAME_AGAIN | {TIMEOUT, NO_SOUND}  # told by tones: asking in other words may help

Outputs: TypeAlias = Iterator[Output]


@dataclass(slots=True)
class TurnKeeper:
    settings: TurnSettings
    state: State
    utterance: Utterance
    exchange: Exchange
    presence: Presence
    number: int = 0  # of this turn, or of the last one
    due: float | None = None  # when this turn has taken too long; an utterance has its own
    sounds: bool = False  # the devices are open
    link_trouble: str = OFFLINE  # a code: why the link is down, if it is
    is_hopeless: bool = False  # waiting alone will not bring the link back
    refused: str = ""  # a code: what the service has refused in this turn
    broken_off: str = ""  # a code: why the service has ended its answer before the end
    outcome: Outcome = "empty"  # of the last turn that is over
    waits_since: float | None = None  # the question for a link, without any progress
    spent: bool = False  # today's budget
    withholds: bool = False  # what is said: another device may be nearer
    visits: int = 0  # that are over

    @classmethod
    def begin(cls, settings: TurnSettings, state: State) -> TurnKeeper:
        responses = Responses(tags=settings.is_greeted)  # a greeting is not the answer to a question
        exchange = Exchange(settings.service_ends, responses=responses)
        state = replace(state, standby=settings.begins_unlinked)
        return cls(settings, state, Utterance.begin(settings, 0), exchange, Presence.begin(settings))

    @property
    def turn(self) -> Turn:
        return self.state.turn

    @property
    def calls(self) -> Calls:
        """What tools are called for, and how far they are."""
        return self.exchange.calls

    @property
    def is_quiet(self) -> bool:
        """Whether no turn is under way, and nothing of the last one sounds."""
        return self.turn is Turn.IDLE and not self.exchange.is_stopping

    @property
    def may_tell(self) -> bool:
        """Whether nobody speaks, and the service can."""
        return self.is_quiet and (self.state.online or self.state.standby) and not self.spent

    @property
    def takes_in(self) -> bool:
        """Whether an utterance is on its way to the service."""
        return self.exchange.takes_in

    @property
    def turn_due(self) -> float | None:
        if (self.state.ringing or self.state.announcing) and self.turn is Turn.SPEAKING:
            return None  # the answer waits
        return self.utterance.due if self.turn is Turn.LISTENING else self.due

    @property
    def cause(self) -> Cue:
        """Why the link is down, as the user is told it."""
        return link_cause(self.link_trouble)

    # ---- listening ------------------------------------------------------
    def listen(
        self, now: float, *, voice: bool = False, called: bool = False, by_itself: bool = False
    ) -> Outputs:
        """Somebody is listened to. `voice`: one is heard already. `called`: by the wake word. `by_itself`: the device
        has begun."""
        yield from self._begin()
        self.utterance = Utterance.begin(
            self.settings, now, sounds=self.sounds, voice=voice, called=called, by_itself=by_itself
        )
        self.go(Turn.LISTENING)

    def hear_voice(self, opened: e.UplinkOpened, now: float) -> Outputs:
        """A voice has begun to be recorded."""
        yield from self.listen(now)
        self.utterance.open(opened)

    def invite(self, now: float, *, called: bool = False) -> Outputs:
        """The button asks to be heard, or the wake word does."""
        yield from self.listen(now, called=called)
        yield self.recording
        yield c.PlayCue(Cue.LISTENING)

    def begin_by_itself(self, now: float, first_word_s: float) -> Outputs:
        """The device asks to be answered. `first_word_s`: within which somebody has to; 0: as after a press."""
        yield from self.listen(now, by_itself=True)
        yield self.recording
        if first_word_s:
            self.utterance.first_word_until = min(self.utterance.until, now + first_word_s)

    @property
    def recording(self) -> c.OpenUplink:
        """What records the utterance, if no voice has."""
        held = self.utterance.holds
        return c.OpenUplink(self.settings.until(held=held), called=self.utterance.called)

    def take_text(self, text: str, now: float, role: c.Role = "user") -> Outputs:
        """A question that is written, and complete; just after an utterance, it waits for the last of its sound.

        Of the `system`: something that the service is to tell.
        """
        if self._is_finishing:
            self.utterance.texts.append(text)
            return
        yield from self._begin(text, role)
        yield from self.ask(now)

    @property
    def _is_finishing(self) -> bool:
        """Whether all is said, and the last of its sound on its way."""
        return self.turn is Turn.LISTENING and self.utterance.closing and self.exchange.asked_ms > 0

    def be_addressed(self, now: float) -> None:
        """The service answers by itself. If nothing comes of it, nobody misses anything."""
        self._count()
        self.exchange.be_addressed()
        self.go(Turn.THINKING, due=now + self.settings.begin_s)

    def _count(self) -> None:
        self.number += 1
        self.refused = self.broken_off = ""
        self.waits_since = None

    def _begin(self, text: str | None = None, role: c.Role = "user") -> Outputs:
        """The old turn ends; what no answer was heard to in it is answered together with the new one."""
        keep = self._is_finishing or self.turn in (Turn.THINKING, Turn.SPEAKING)
        yield from self.end("interrupted", keep=keep)
        self._count()
        self.exchange.begin(text, role, keep=keep)
        if not self.state.online:
            self.is_hopeless = False  # the link is tried once more
            yield c.OpenLink()

    def listen_on(self, event: e.Event, now: float) -> Outputs:
        """What nobody else took may matter to the utterance."""
        if self.turn is Turn.LISTENING:
            yield from self.utterance.handle(event, now, detected=self.exchange.is_detected)

    # ---- asking ---------------------------------------------------------
    def finish_listening(self, now: float, *, wanted: bool = True) -> Outputs:
        """The utterance is over: ask, together with what was written meanwhile. `wanted`: see `ask`."""
        texts, self.utterance.texts = self.utterance.texts, []
        if not texts:
            yield from self.ask(now, wanted=wanted)
        for text in texts:
            yield from self._begin(text)
            yield from self.ask(now)

    def ask(self, now: float, *, wanted: bool = True) -> Outputs:
        """The question is complete: send what is left of it, and want an answer.

        `wanted`: to what was said last. What was asked before is asked in any case, but for a press that only
        interrupts.
        """
        exchange = self.exchange
        yield from exchange.end_utterance(wanted=wanted)
        interrupts = not wanted and self.utterance.by_hand and exchange.was_cancelled
        if interrupts or not exchange.asks:
            yield from self.end("empty")
            return
        if self.spent:
            yield from self.give_up(Cue.DAILY_COST)
            return
        self.go(Turn.THINKING, due=now + self.settings.begin_s)
        yield from exchange.ask()
        if exchange.forgot_words:
            yield c.PlayCue(Cue.LOST_WORDS)
        if self.state.online:
            if exchange.asked_aloud:
                yield c.PlayCue(Cue.DONE)
        elif self.is_hopeless:
            yield from self.give_up(self.cause)
        else:
            self.wait_for_link(now)
            if not self.state.standby:
                yield c.PlayCue(Cue.OFFLINE)

    def wait_for_link(self, now: float) -> None:
        """The question waits: as long as `limits.offline_s` in all, however often the link comes and goes."""
        if self.waits_since is None:
            self.waits_since = now
        self.due = self.waits_since + self.settings.limits.offline_s

    def wait_longer(self, s: float) -> None:
        """Something else has sounded for so long."""
        if self.due is not None:
            self.due += s

    def begin_answer(self, started: e.ResponseStarted, now: float) -> Outputs:
        """A response has begun: the answer, or one that nobody wants."""
        yield from self.exchange.hear(started)
        if self.exchange.has_begun:
            self.refused = ""
            if self.turn is Turn.THINKING:
                self.await_answer(now)

    def await_answer(self, now: float) -> None:
        """The service has begun to answer: the first sound may take this long. Tools have deadlines of their own."""
        self.due = None if self.calls.is_open else now + self.settings.limits.answer_s

    def carry_out(self, commands: Iterable[CallCommand], now: float) -> Outputs:
        """What calls lead to. The answer that follows costs money, of which a spent budget has nothing left."""
        was_open = self.calls.is_open
        yield from self.exchange.carry_out(commands, asks=not self.spent)
        if was_open and not self.calls.is_open:
            if self.spent:
                yield from self.give_up(Cue.DAILY_COST)
            elif self.turn is Turn.THINKING and self.state.online:
                self.due = now + self.settings.begin_s

    def update_tools(self) -> Outputs:
        """There are others than the session was told of."""
        yield c.UpdateTools()

    def remark(self, text: str) -> Outputs:
        """The service is to know this of what is said without it."""
        yield from self.exchange.remark(text)

    # ---- answering ------------------------------------------------------
    def speak(self, delta: e.AudioDelta, now: float) -> Outputs:
        """More of the answer."""
        left_ms = self.exchange.receive(delta)
        self.waits_since = None
        if self.turn is Turn.THINKING:
            self.go(Turn.SPEAKING)
        self.due = now + left_ms / 1000 + self.settings.limits.stall_s
        yield c.Play(delta.item_id, delta.pcm)
        if self.state.lost:
            yield from self.end("unanswered")
            yield from self.exchange.forsake()

    def finish_speaking(self, now: float) -> Outputs:
        """All that came was heard."""
        if self.exchange.pending:
            self.exchange.goes_on()
            self.go(Turn.THINKING)
            self.await_answer(now)
            return
        self.exchange.answered()
        if self.broken_off:
            self.exchange.cut_short()
            yield from self._idle("cut-short")
            yield c.PlayCue(Cue.CUT_SHORT)
        else:
            yield from self._idle("answered")
        if not self.state.online:
            yield c.PlayCue(Cue.OFFLINE)

    def fail(self, code: str, now: float, *, wait_s: float = 0.0) -> Outputs:
        """The answer will not come. Once more, if that may help, and in another session; else tell the user.

        `wait_s`: what the service asks to wait before; 0: nothing.
        """
        if self.turn is not Turn.THINKING:
            return
        self.refused = code
        if self.exchange.unasked:
            yield from self.end("unanswered")
            return
        match self.exchange.failed(code, now, wait_s=wait_s, patience_s=self.settings.limits.answer_s):
            case Attempt.AGAIN:
                self.due = max(self.due or now, (self.exchange.retry_at or now) + self.settings.begin_s)
            case Attempt.RENEW:
                yield from self.leave(c.RenewLink())
            case _:
                yield from self.give_up(Cue.GAVE_UP if code in NOBODYS_FAULT else spoken_cause(code))

    # ---- ending ---------------------------------------------------------
    def interrupt(self, _: float) -> Outputs:
        """Somebody wants something else."""
        yield from self.end("interrupted")

    def end(self, outcome: Outcome, *, keep: bool = False) -> Outputs:
        """Whatever is going on ends now, politely; nothing of it is answered. `keep`: but more will be asked."""
        match self.turn:
            case Turn.LISTENING:
                yield c.CloseUplink(goes_on=outcome == "yielded")
                yield from self.exchange.end_utterance() if keep else self.exchange.take_back()
            case Turn.SPEAKING:
                yield self.exchange.stop_speaking()
        yield from self.exchange.cancel() if keep else self.exchange.give_up()
        if self.turn is not Turn.IDLE:
            yield from self._idle(outcome)

    def give_up(self, cue: Cue, outcome: Outcome = "unanswered") -> Outputs:
        """End it, and say why."""
        yield from self.end(outcome)
        yield c.PlayCue(cue)

    def _idle(self, outcome: Outcome) -> Outputs:
        self.go(Turn.IDLE)
        self.outcome = outcome
        whys = {"unanswered": self._why, "cut-short": self.broken_off}
        yield TurnEnded(self.number, outcome, whys.get(outcome, ""))

    @property
    def _why(self) -> str:
        trouble = "" if self.state.online else self.link_trouble
        return self.state.lost or trouble or self.refused or TIMEOUT

    # ---- sessions -------------------------------------------------------
    def mute(self, muted: bool) -> Outputs:
        self.state = replace(self.state, muted=muted)
        yield c.MuteMicrophone(muted)
        yield c.PlayCue(Cue.MUTED if muted else Cue.UNMUTED)

    def leave(self, command: c.CloseLink | c.RenewLink) -> Outputs:
        """Leave this session on purpose; `Disconnected` follows."""
        if self.settings.begins_unlinked and self.turn is Turn.IDLE:
            command = c.CloseLink()
        self.state = replace(self.state, online=False, standby=True)
        self.exchange.lose_session()
        yield command

    def forget(self, command: c.CloseLink | c.RenewLink | None = None, *, called: bool = False) -> Outputs:
        """The visit is over: nothing of it is left here, or at the service. `command`: how the session is left.
        `called`: another one begins, and with it what the microphone has just heard."""
        if not called:
            yield c.ForgetPreroll()
        yield from self.calls.abandon()
        self.exchange.forget()
        self.visits += 1
        self.presence.done(QuietStep.FORGET)
        if self.state.online:
            yield from self.leave(command or c.RenewLink())

    # ---- state ----------------------------------------------------------
    def go(self, turn: Turn, *, due: float | None = None) -> None:
        assert turn in LEGAL[self.turn], f"{self.turn} -> {turn}"
        self.state = replace(self.state, turn=turn)
        self.due = due
