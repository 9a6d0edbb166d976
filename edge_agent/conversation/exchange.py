"""One question and its answer at a time, over however many sessions with the service it takes. Pure.

What was asked and what this session was given of it, which of the service's responses is ours, how much of it was
heard, and what both sides have said. It knows nothing of turns: `conversation` does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..vocabulary import commands as c
from ..vocabulary import events as e
from .answer import Answer, CutOff
from .commits import Commits
from .question import Question
from .responses import Responses
from .retries import Retries
from .transcript import Transcript

ANSWERED_MS = 1000  # less of an answer, when the link is lost, is none
NO_FUNCTION = '{"error": "this device has no such function"}'


class Exchange:
    """`detects`: the service ends utterances by itself."""

    def __init__(self, *, detects: bool) -> None:
        self._detects = detects
        self.online = False
        self.transcript = Transcript()
        self.question = Question()
        self.answer = Answer()
        self.responses = Responses()
        self.retries = Retries()
        self.commits = Commits()

    # ---- asking ---------------------------------------------------------
    def begin(self, waiting: Question | None = None) -> None:
        """A new question; what `waiting` holds of before is answered together with it."""
        self.question = waiting or Question()
        if not waiting:
            self.transcript.mark()

    def send(self) -> Iterator[c.ServiceCommand]:
        """What this session does not have yet of the question."""
        if not self.online:
            return
        for command in self.commits.count(self.question.unsent(detects=self._detects)):
            if isinstance(command, c.CreateUserText):
                self.transcript.note("user", command.text)
            yield command

    def ask(self) -> Iterator[c.ServiceCommand]:
        """All of the question, and that an answer is wanted."""
        self.retries = Retries()
        yield from self.send()
        if self.online:
            yield from self.responses.ask()

    def give_up(self) -> Iterator[c.ServiceCommand]:
        """Nothing of it is to be answered."""
        yield from self.responses.give_up()
        self.answered()
        self.retries = Retries()

    def answered(self) -> None:
        """The question need not be asked again."""
        self.question = Question()

    # ---- what the service says ------------------------------------------
    def committed(self, item_id: str) -> bool:
        """It has taken in an utterance: whether that was ended by us."""
        self.transcript.begin(item_id, "user")
        return self.commits.settled()

    def note(self, event: e.UserTranscribed | e.TranscriptDelta | e.AudioFinished) -> None:
        match event:
            case e.UserTranscribed(item_id, text):
                self.transcript.add(item_id, "user", text)
            case e.TranscriptDelta(response_id, item_id, text) if response_id == self.responses.current:
                self.transcript.add(item_id, "assistant", text)
            case e.AudioFinished(response_id, item_id) if response_id == self.responses.current:
                self.answer.finish([item_id])

    def receive(self, delta: e.AudioDelta) -> Answer:
        """More sound of the answer; enough of it, and the question is answered."""
        self.answer.receive(delta.item_id, len(delta.pcm))
        if self.answer.unsettled_ms >= ANSWERED_MS:
            self.answered()
        return self.answer

    def unwanted(self, done: e.ResponseDone) -> Iterator[c.ServiceCommand]:
        """The end of a response that nobody wants any more: it leaves nothing behind."""
        for item_id in done.item_ids:
            if item_id not in self.answer:  # else it was played, and PlaybackStopped settles it
                yield c.DeleteItem(item_id)
        yield from self.responses.next()

    def finish(self, done: e.ResponseDone) -> Iterator[c.ServiceCommand]:
        """The end of ours: unless it calls functions, and so wants to be asked again."""
        if done.status != "completed":
            return
        self.answer.finish(done.item_ids)
        for call in done.calls:
            self.transcript.note("system", f"{call.name}({call.arguments}) was called: {NO_FUNCTION}")
            yield c.CreateFunctionOutput(call.call_id, NO_FUNCTION)
        if done.calls and self.retries.may_call():
            yield from self.responses.ask()

    def forget_requests(self) -> None:
        """It has said nothing for too long: wait for nothing of it any more."""
        self.responses.forget()
        self.commits.reset()

    # ---- what was heard -------------------------------------------------
    def settle(self, cuts: Iterable[CutOff]) -> Iterator[c.ServiceCommand]:
        """Tell the service, and the transcript, what was heard of an answer that was cut off."""
        for cut in cuts:
            self.transcript.cut(cut)
            if self.online and cut.known:
                yield c.TruncateItem(cut.item_id, cut.heard_ms) if cut.heard_ms else c.DeleteItem(cut.item_id)

    def drained(self, heard: Iterable[e.Heard]) -> bool:
        """The speaker has nothing left of these. Whether that is all that came."""
        for item_id, ms in self.answer.drained(heard):
            self.transcript.heard(item_id, ms)
        return self.answer.is_settled

    # ---- sessions -------------------------------------------------------
    def lose_session(self) -> None:
        """What the service knew is gone: what is not answered will be asked again, as if it never was."""
        self.online = False
        self.responses.reset()
        self.commits.reset()
        self.retries.at = None
        for cut in self.answer.lose():
            self.transcript.cut(cut)
        if not self.question.empty:
            self.transcript.rewind()
            self.question.rewind()

    def begin_session(self) -> Iterator[c.ServiceCommand]:
        """A new one: tell it what was said, and what is being asked."""
        self.lose_session()
        self.online = True
        for said in self.transcript.recent:
            yield c.RestoreMessage(said.role, said.text)
        yield from self.send()
