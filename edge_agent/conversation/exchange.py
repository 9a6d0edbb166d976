"""One question and its answer at a time, over however many sessions with the service it takes. Pure.

What was asked and what this session was given of it, which of the service's responses is ours, how much of it was
heard, and what both sides have said. It knows nothing of turns: `turn_keeper` and the parts do, and speak to it in the
verbs below alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from ..vocabulary import commands as c
from ..vocabulary import events as e
from ..vocabulary.sound import service_ms
from .answer import Answer, CutOff
from .calls import CallCommand, Calls
from .commits import EMPTY, Commits
from .question import Question
from .responses import Refusal, Responses
from .retries import NO_SOUND, Attempt, Retries
from .transcript import Transcript

ExchangeCommand: TypeAlias = c.ServiceCommand | c.ToolCommand
ANSWERED_MS = 1000  # less of an answer does not count, when the link is lost


@dataclass(slots=True)
class Exchange:
    """`detects`: the service ends utterances by itself."""

    detects: bool
    online: bool = False
    transcript: Transcript = field(default_factory=Transcript)
    question: Question = field(default_factory=Question)
    answer: Answer = field(default_factory=Answer)
    responses: Responses = field(default_factory=Responses)
    retries: Retries = field(default_factory=Retries)
    commits: Commits = field(default_factory=Commits)
    unasked: bool = False  # nobody has: the service answers by itself
    calls: Calls = field(default_factory=Calls)
    silent_ms: int = 0  # of an answer that has been nothing but zeros so far
    sounded: bool = False  # some of the answer can be heard
    came: bool = False  # so much of an answer that the question need not be asked again, if it is heard
    heard_before_ms: int = 0  # `answer.heard_ms`, before the answer to this question
    was_cancelled: bool = False  # an answer to what is asked was under way when more was said
    waits_for_sound: bool = False  # it is asked once the speaker has told what was heard of the answer before
    told: int = 0  # items that sessions were told at their beginning, ever
    newest_told: str = "root"  # the last of them in this session

    # ---- what is asked --------------------------------------------------
    @property
    def asks(self) -> bool:
        """Whether there is a question to which no answer has come yet."""
        return not (self.question.empty or self.came)

    @property
    def asked_ms(self) -> int:
        """Of the last utterance."""
        return self.question.ms

    @property
    def asked_aloud(self) -> bool:
        return self.question.spoken

    @property
    def forgot_words(self) -> bool:
        """Whether some of the question was dropped for want of room."""
        return self.question.forgot

    @property
    def is_detected(self) -> bool:
        """Whether the service looks for the end of the utterance, where it should."""
        return self.online and not self.question.undetected

    def begin(self, text: str | None = None, role: c.Role = "user", *, keep: bool = False) -> None:
        """A new question: a text of whoever, or an utterance that begins. `keep`: what no answer was heard to of the
        one before is answered together with it."""
        if not keep:
            self.answered()
            self.transcript.mark()
        elif self.came:
            self.question.doubt()
            self.transcript.doubt()
        self.came = self.unasked = False
        if text is None:
            self.question.begin()
        else:
            self.question.write(text, role)

    def be_addressed(self) -> None:
        """The service answers by itself, nobody has asked."""
        self.answered()
        self.unasked = True
        self.transcript.mark()
        self.retries = Retries()
        self.expect()

    def record(self, recorded: e.MicAudioRecorded, *, withheld: bool) -> Iterator[c.ServiceCommand]:
        """More of the utterance. `withheld`: it may be for another device, and does not leave yet."""
        self.question.withheld = withheld
        self.question.add(recorded.pcm, recorded.ms)
        yield from self._send()

    def taken_in(self) -> None:
        """The service has ended the utterance by itself."""
        self.question.taken_in()

    def end_utterance(self, *, wanted: bool = True) -> Iterator[c.ServiceCommand]:
        """All of it is said; it is dropped if it is not `wanted`."""
        yield from self.question.end(wanted=wanted)

    def take_back(self) -> Iterator[c.ServiceCommand]:
        """The utterance is not wanted any more: the service drops what it has of it."""
        yield from self.question.take_back()

    def ask(self) -> Iterator[c.ServiceCommand]:
        """All of the question, and that an answer is wanted."""
        self.retries, self.was_cancelled = Retries(), False
        self.waits_for_sound = self.answer.stopping
        if not self.waits_for_sound:
            yield from self._ask()

    def _ask(self) -> Iterator[c.ServiceCommand]:
        yield from self._send()
        if self.online:
            yield from self.responses.ask()

    def cancel(self) -> Iterator[ExchangeCommand]:
        """The answer is not wanted as it is: more will be asked."""
        self.was_cancelled, self.waits_for_sound = self.pending, False
        yield from self.responses.give_up()
        yield from self.carry_out(self.calls.cancel())
        self.retries = Retries()

    def give_up(self) -> Iterator[ExchangeCommand | c.LinkCommand]:
        """Nothing of it is to be answered, and what has not left yet is not to leave."""
        left = self.responses.request is None and not (self.detects and self.question.parts)
        if self.online and not left:
            yield c.WithdrawQuestion()
        yield from self.cancel()
        self.answered()

    def withdrawn(self, event: e.Withdrawn) -> Iterator[c.ServiceCommand]:
        """So much of it never left."""
        self.commits.withdrawn(event.commits)
        yield from self.responses.withdrawn(event.request_ids)

    def answered(self) -> None:
        """The question need not be asked again."""
        self.question, self.came, self.was_cancelled = Question(), False, False
        self.calls.answered()
        self.heard_before_ms = self.answer.heard_ms

    # ---- attempts -------------------------------------------------------
    @property
    def retry_at(self) -> float | None:
        """When to ask again; None: not at all."""
        return self.retries.at

    def retry(self, now: float) -> Iterator[c.ServiceCommand]:
        """Ask again, if it is time to."""
        if self.retries.due(now):
            yield from self.responses.ask()

    def failed(self, code: str, now: float, *, wait_s: float = 0.0, patience_s: float = 0.0) -> Attempt:
        """An answer failed with this code: what to try next. `wait_s`, `patience_s`: see Retries."""
        if code == NO_SOUND:
            self.transcript.tell_less()
        return self.retries.failed(code, now, wait_s=wait_s, patience_s=patience_s)

    # ---- what the service says ------------------------------------------
    @property
    def pending(self) -> bool:
        """Whether an answer is still to begin or to end."""
        return self.responses.pending or self.calls.awaited

    @property
    def takes_in(self) -> bool:
        """Whether an utterance that we ended is on its way: what the service hears is about what was before."""
        return self.commits.pending

    def is_answer(self, response_id: str) -> bool:
        """Whether this response is the one that is wanted."""
        return response_id == self.responses.current

    @property
    def has_begun(self) -> bool:
        """Whether the answer that is wanted has begun."""
        return self.responses.current is not None

    def interrupted(self) -> None:
        """The service has cancelled its answer by itself."""
        self.responses.interrupted()

    def expect(self) -> None:
        """Want the answer that the service begins by itself."""
        self.responses.expect()

    def committed(self, item_id: str) -> bool:
        """It has taken in an utterance: whether that was ended by us."""
        self.transcript.begin(item_id, "user")
        return self.commits.settled()

    def hear(self, event: e.ServiceEvent) -> Iterator[c.ServiceCommand]:
        """What leads no turn any further: words, the beginning of a response, the end of an item."""
        match event:
            case e.UserTranscribed(item_id, text):
                self.transcript.add(item_id, "user", text)
            case e.TranscriptDelta(response_id, item_id, text) if self.is_answer(response_id):
                self.transcript.add(item_id, "assistant", text)
            case e.WordTimed(response_id, item_id, text, end_ms) if self.is_answer(response_id):
                self.transcript.time(item_id, text, end_ms)
            case e.AudioFinished(response_id, item_id) if self.is_answer(response_id):
                self.answer.finish([item_id])
            case e.ResponseStarted(response_id, request_id):
                self.sounded, self.silent_ms = False, 0
                yield from self.responses.started(response_id, request_id)
                self.retries.has_begun |= self.has_begun

    def receive(self, delta: e.AudioDelta) -> int:
        """More sound of the answer; enough of it, and the question is answered. ms still to be heard."""
        self.answer.receive(delta.item_id, len(delta.pcm))
        self.transcript.sounds(delta.item_id)
        self.sounded |= not delta.is_silent
        self.silent_ms += 0 if self.sounded else service_ms(delta.pcm)
        self.came |= self.answer.unsettled_ms >= ANSWERED_MS
        return self.answer.unsettled_ms

    def cut_short(self) -> None:
        """All that came was heard, and the service ended it there: words that were ahead of the sound were not."""
        for cut in self.answer.unfinished:
            self.transcript.cut(cut)

    def goes_on(self) -> None:
        """What was heard was not all of the answer: without the rest the question is not answered."""
        self.came = False

    def came_whole(self) -> None:
        """All of the answer is here; whether it is heard is told later."""
        self.came = True

    def done(self, response_id: str) -> bool:
        """A response has ended. Whether it was ours."""
        return self.responses.done(response_id)

    def unwanted(self, done: e.ResponseDone) -> Iterator[ExchangeCommand]:
        """The end of a response that nobody wants any more: it leaves nothing behind."""
        for item_id in done.item_ids:
            if item_id not in self.answer:  # else it was played, and PlaybackStopped settles it
                yield c.DeleteItem(item_id)
        yield from self.carry_out(self.calls.refuse(done.calls))
        yield from self.responses.next()

    def finish(self, done: e.ResponseDone, now: float, *, asks: bool) -> Iterator[ExchangeCommand]:
        """The end of ours: unless it calls functions, and so wants to be asked again."""
        if done.status != "completed":
            yield from self.carry_out(self.calls.refuse(done.calls))
            return
        self.answer.finish(done.item_ids)
        if done.calls:
            may_run = self.retries.may_call()
            self.came &= not may_run
            yield from self.carry_out(self.calls.begin(done.calls, now, may_run=may_run), asks=asks)

    def carry_out(self, commands: Iterable[CallCommand], *, asks: bool = True) -> Iterator[ExchangeCommand]:
        """Of calls: what they lead to; once all are answered, the service is asked what it makes of that."""
        for command in commands:
            if note := self.calls.note(command):
                self.transcript.note("system", note)
            if self.online or isinstance(command, c.ToolCommand):
                yield command
        if asks and self.online and self.calls.awaited and not self.calls.is_open:
            self.calls.awaited = False
            yield from self.responses.ask()

    def refused(self, code: str, request_id: str | None) -> Refusal:
        """The service refuses something: what that means for the answer. Then say `ask_next`."""
        if code == EMPTY:
            self.commits.settled()
            return Refusal.NOT_OURS
        return self.responses.refused(code, request_id)

    def ask_next(self) -> Iterator[c.ServiceCommand]:
        """Ask for what had to wait for the service, if it is free now."""
        yield from self.responses.next()

    # ---- what was heard -------------------------------------------------
    @property
    def is_stopping(self) -> bool:
        """Whether the sound has still to say what was heard."""
        return self.answer.stopping

    @property
    def is_heard(self) -> bool:
        """Whether nothing that came is still to be heard."""
        return self.answer.is_settled

    def stop_speaking(self) -> c.StopPlayback:
        return self.answer.stop()

    def stopped(self, heard: Iterable[e.Heard]) -> Iterator[c.ServiceCommand]:
        """The speaker has stopped: tell the service, and the transcript, what was heard of what it cut off."""
        yield from self._settle(self.answer.stopped(heard))

    def forsake(self) -> Iterator[c.ServiceCommand]:
        """The sound does not answer any more: what it has not told was not heard."""
        yield from self._settle(self.answer.forsaken())

    def drained(self, heard: Iterable[e.Heard]) -> Iterator[c.ServiceCommand]:
        """The speaker has nothing left of these."""
        untold = self.answer.untold
        for item_id, ms in self.answer.drained(heard):
            self.transcript.heard(item_id, ms)
        yield from self._tell(untold - self.answer.untold)

    def _settle(self, cuts: Iterator[CutOff]) -> Iterator[c.ServiceCommand]:
        untold = self.answer.untold
        for cut in cuts:
            self.transcript.cut(cut)
            if self.online and cut.known:
                yield c.TruncateItem(cut.item_id, cut.heard_ms) if cut.heard_ms else c.DeleteItem(cut.item_id)
        heard = self.answer.heard_ms - self.heard_before_ms >= ANSWERED_MS
        was_held, withheld = self.question.is_held, self.transcript.withheld
        self.question.decide(heard=heard)
        self.transcript.decide(heard=heard)
        self.heard_before_ms = self.answer.heard_ms
        yield from self._tell((untold - self.answer.untold) | withheld)
        if was_held:
            yield from self._send()
        if self.waits_for_sound and not self.answer.stopping:
            self.waits_for_sound = False
            yield from self._ask()

    def _tell(self, item_ids: set[str]) -> Iterator[c.ServiceCommand]:
        """Tell this session what could not be told when it began: how much was heard was not known."""
        for said in self.transcript.telling(item_ids) if self.online else ():
            before = self.newest_told
            yield c.RestoreMessage(said.role, said.text, self._next_told(), after=before)

    def _next_told(self) -> str:
        self.told += 1
        self.newest_told = f"told_{self.told}"
        return self.newest_told

    # ---- sessions -------------------------------------------------------
    def lose_session(self, *, moved: bool = False) -> None:
        """What the service knew is gone: what is not answered will be asked again, as if it never was. `moved`: we
        leave it for another that stands already."""
        self.online = self.was_cancelled = False
        self.responses.reset()
        self.commits.reset()
        self.retries.leave_session(moved=moved)
        for cut in self.answer.lose():
            self.transcript.cut(cut)
        if self.asks:
            self.transcript.rewind()
        self.calls.lose_session()
        self.question.rewind()

    def may_ask(self) -> bool:
        """Whether the question may be asked in one session more; it counts them."""
        return self.retries.may_ask()

    def begin_session(self, *, wanted: bool) -> Iterator[ExchangeCommand]:
        """A new one: tell it what was said, and what is being asked. `wanted`: an answer to that is waited for. What
        is sounding is not told before it is known how much of it was heard."""
        self.lose_session(moved=True)
        self.online, self.newest_told = True, "root"
        untold = self.answer.untold
        for item_id, said in self.transcript.recent:
            if item_id not in untold:
                yield c.RestoreMessage(said.role, said.text, self._next_told())
        yield from self._send()
        if self.asks:
            yield from self.carry_out(self.calls.restore())
        if wanted and not self.calls.awaited:
            yield from self.responses.ask()

    def remark(self, text: str) -> Iterator[c.ServiceCommand]:
        """The service is to know this of what is said without it."""
        self.transcript.note("system", text)
        if self.online:
            yield c.RestoreMessage("system", text)

    def forget(self) -> None:
        """Nothing of what was said is known any more."""
        self.transcript.forget()

    def _send(self) -> Iterator[c.ServiceCommand]:
        """What this session does not have yet of the question."""
        if not self.online or self.came or self.waits_for_sound or self.question.is_held:
            return
        for command in self.commits.count(self.question.unsent(detects=self.detects)):
            if isinstance(command, c.CreateUserText):
                self.transcript.note("user", command.text)
            elif isinstance(command, c.RestoreMessage):
                self.transcript.note(command.role, command.text)
            yield command
