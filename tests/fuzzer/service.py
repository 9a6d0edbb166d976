"""A session of a Realtime service: valid in all that it says, and unkind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Literal, Protocol

from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.sound import FRAME_MS

from .answers import Response, Spoken, choose, failure, quiet, script
from .clock import Clock, Pipe
from .microphone import Run, Voices, frames
from .tools import NAMES

PREFIX_FRAMES, STARTS_AFTER = 300 // FRAME_MS, 3  # of the service's own ear
SHORTEST_COMMIT_MS = 100


@dataclass
class Temper:
    """How a service behaves in this history."""

    ear: Literal["none", "server", "semantic"]
    badness: float = 0.0
    calls: float = 0.0
    tagged: bool = True
    transcribes: float = 1.0  # how often
    deaths_when_asked: int = 0  # sessions that will end shortly after a response.create


class Watcher(Protocol):
    def complain(self, kind: str, text: str) -> None: ...
    def begun(self, session: Session, response: Response) -> None: ...
    def requested(self, request_id: str, unanswered: set[str]) -> None: ...


@dataclass
class Utterance:
    """An item of the user's: which frames with voice are in it, by run."""

    item_id: str
    voiced: Counter[str] = field(default_factory=Counter)


class Session:
    """`tell` takes what it says, on the other side of the network; `die` ends it."""

    def __init__(
        self,
        number: int,
        clock: Clock,
        random: Random,
        temper: Temper,
        voices: Voices,
        watcher: Watcher,
        tell: Callable[[Session, e.ServiceEvent], None],
        die: Callable[[Session], None],
    ) -> None:
        self.number, self._clock, self._random, self.temper = number, clock, random, temper
        self._voices, self._watcher, self._die = voices, watcher, die
        delay_ms = random.choice((5, 30, 30, 150))
        self._down: Pipe[e.ServiceEvent] = Pipe(clock, lambda: delay_ms, lambda event: tell(self, event))
        self.up: Pipe[c.ServiceCommand] = Pipe(clock, lambda: delay_ms, self.take)
        self.dead = False
        self.listens = temper.ear != "none"  # looks for the ends of utterances
        self.buffer: list[int] = []
        self._speaking = ""  # the item that is being said
        self._silent = 0
        self._silence = 25
        self.known: set[str] = set()  # runs and texts that are in the conversation
        self._voiced: Counter[str] = Counter()  # frames of each run that are
        self.users: dict[str, Utterance] = {}
        self.newest = ""
        self.items: dict[str, Spoken] = {}
        self.responses: list[Response] = []
        self.active: Response | None = None
        self._told: dict[str, str] = {}  # messages of before it began
        self._calls: dict[str, int] = {}
        self._names = Random(f"names {number}")
        self._count = 0

    def _id(self, kind: str) -> str:
        self._count += 1
        return f"s{self.number}{kind}{self._count}"

    def _say(self, event: e.ServiceEvent) -> None:
        if not self.dead:
            self._down.send(event)

    @property
    def unanswered(self) -> list[str]:
        """Calls that have no output yet."""
        return [call_id for call_id, outputs in self._calls.items() if not outputs]

    # ---- commands -------------------------------------------------------
    def take(self, command: c.ServiceCommand) -> None:
        if self.dead:
            return
        match command:
            case c.AppendAudio(pcm):
                self._append(frames(pcm))
            case c.CommitInput():
                self._commit_asked()
            case c.ClearInput():
                self.buffer.clear()
                self._speaking = ""
            case c.DetectTurns(on):
                self.listens = on and self.temper.ear != "none"
                self._speaking = ""
            case c.CreateUserText(text):
                self.known.add(text)
                self.newest = text
            case c.RestoreMessage(role, text, item_id, after):
                self._told[item_id] = text
                if role == "system" and not item_id:  # news: what comes next answers nobody
                    self.newest = ""
                if role == "user":
                    self.known |= set(text.split())
                    self.newest = self.newest if after else (text.split() or [""])[-1]
            case c.RestoreCall(call_id):
                if call_id in self._calls:
                    self._watcher.complain("call-twice", call_id)
                self._calls[call_id] = 0
            case c.CreateFunctionOutput(call_id, _):
                if call_id not in self._calls:
                    self._watcher.complain("output-foreign", f"{call_id} was never called in this session")
                    return
                self._calls[call_id] += 1
                if self._calls[call_id] > 1:
                    self._watcher.complain("output-twice", call_id)
            case c.CreateResponse(request_id):
                self._watcher.requested(request_id, set(self.unanswered))
                self._create(request_id)
            case c.CancelResponse(response_id):
                if self.active and self.active.response_id == response_id:
                    self._cancel(self.active)
                else:
                    self._say(e.ServiceErred("response_cancel_not_active", "no active response"))
            case c.TruncateItem(item_id, audio_end_ms):
                self._truncate(item_id, audio_end_ms)
            case c.DeleteItem(item_id):
                self._delete(item_id)

    def _truncate(self, item_id: str, audio_end_ms: int) -> None:
        item = self.items.get(item_id)
        if not item or item.deleted:
            self._watcher.complain("truncate-foreign", f"{item_id} is not in session {self.number}")
            self._say(e.ServiceErred("item_truncate_invalid_item_id", "not found"))
        elif not item.sent_ms or audio_end_ms > item.sent_ms:
            self._watcher.complain("truncate-too-long", f"{item_id} at {audio_end_ms} of {item.sent_ms} ms")
            self._say(e.ServiceErred("item_truncate_too_long", "already shorter than"))
        elif item.truncated_ms is not None:
            self._watcher.complain("truncate-twice", item_id)
        else:
            item.truncated_ms = audio_end_ms

    def _delete(self, item_id: str) -> None:
        if item := self.items.get(item_id):
            item.deleted = True
        elif user := self.users.get(item_id):
            for name, count in user.voiced.items():
                self._voiced[name] -= count
                self._reckon(name)
        elif item_id in self._told:
            self.known -= set(self._told.pop(item_id).split())
        else:
            self._watcher.complain("delete-foreign", f"{item_id} is not in session {self.number}")
            self._say(e.ServiceErred("item_delete_invalid_item_id", "not found"))

    # ---- what it hears --------------------------------------------------
    def _append(self, which: list[int]) -> None:
        if not self.listens:
            self.buffer += which
            return
        for frame in which:
            self.buffer.append(frame)
            voiced = self._voices.at(frame) is not None
            self._silent = 0 if voiced else self._silent + 1
            if self._speaking:
                if self._silent >= self._silence:
                    self._speech_stopped()
            elif len(self._voices.voiced(self.buffer[-STARTS_AFTER:])) == STARTS_AFTER:
                self._speech_started()
            else:
                del self.buffer[: -PREFIX_FRAMES - STARTS_AFTER]

    def _speech_started(self) -> None:
        self._speaking = self._id("u")
        semantic = self.temper.ear == "semantic"
        self._silence = self._random.choice((15, 40, 100, 200)) if semantic else 25
        self._say(e.ServiceSpeechStarted(self._speaking, 0))
        if self.active:
            self._cancel(self.active, "turn_detected")

    def _speech_stopped(self) -> None:
        item_id, self._speaking = self._speaking, ""
        self._say(e.ServiceSpeechStopped(item_id, 0))
        self._commit(item_id)
        if not self.active:
            self._respond(None)

    def _commit_asked(self) -> None:
        size_ms = len(self.buffer) * FRAME_MS
        if size_ms < SHORTEST_COMMIT_MS:
            if not self.listens:
                self._watcher.complain("commit-short", f"{size_ms} ms")
            self._say(e.ServiceErred("input_audio_buffer_commit_empty", "buffer too small"))
            return
        item_id, self._speaking = self._speaking or self._id("u"), ""
        self._commit(item_id)

    def _commit(self, item_id: str) -> None:
        item = self.users[item_id] = Utterance(item_id)
        runs: dict[str, Run] = {}
        for _, run in self._voices.voiced(set(self.buffer)):
            item.voiced[run.name] += 1
            runs[run.name] = run
        self.buffer.clear()
        if not item.voiced:
            self.newest = item_id
        for name, count in item.voiced.items():
            begun_before = self._voiced[name]
            self._voiced[name] += count
            self._reckon(name)
            whole = name in self.known and not begun_before
            self.newest = name if whole else f"{name}{item_id}"
        self._say(e.InputCommitted(item_id))
        words = " ".join(name for name in runs if name in self.known)
        if self._random.random() < self.temper.transcribes:
            wait_ms = self._random.choice((20, 150, 600, 2500))
            told = e.UserTranscribed(item_id, words, len(item.voiced) * 1.0)
            self._clock.after(wait_ms, self._say, told)
        elif self._random.random() < 0.7:
            self._clock.after(300, self._say, e.TranscriptionFailed(item_id, "unintelligible"))

    def _reckon(self, name: str) -> None:
        """Whether a run is known: nearly all that was recorded of it is in the conversation."""
        run = next(run for run in self._voices.runs if run.name == name)
        if self._voiced[name] >= max(0.8 * len(run.recorded), 1):
            self.known.add(name)
        elif all(name not in text.split() for text in self._told.values()):
            self.known.discard(name)

    # ---- what it answers ------------------------------------------------
    def _create(self, request_id: str) -> None:
        if self.active:
            what = "conversation_already_has_active_response"
            self._say(e.ServiceErred(what, "already has an active response", request_id))
            return
        self._respond(request_id)
        if self.temper.deaths_when_asked > 0:
            self.temper.deaths_when_asked -= 1
            self._clock.after(self._random.choice((0, 40, 250, 700)), self._die, self)

    def _respond(self, request_id: str | None) -> None:
        kind = choose(self._random, self.temper.badness, calls=self.temper.calls)
        if sum(len(response.calls) for response in self.responses[-3:]) >= 3 and kind == "calls":
            kind = "well"
        if request_id is None and kind in ("refused", "unannounced", "silent"):
            kind = "well"
        response = Response(
            self._id("r"),
            request_id if self.temper.tagged else None,
            kind,
            frozenset(self.known),
            frozenset(name for name, count in self._voiced.items() if count > 0),
            self.newest,
            self._clock.now_ms,
        )
        self.responses.append(response)
        code, error_kind = failure(self._random)
        if kind == "refused":
            named = request_id if self._random.random() < 0.7 else None
            self._clock.after(20, self._say, e.ServiceErred(code, "no", named, None, error_kind))
            return
        if kind == "unannounced":
            self._clock.after(40, self._say, e.ResponseDone(response.response_id, "failed", code))
            return
        self.active = response
        said = script(response, self._random)
        if kind != "silent":
            self._go_on(response, said, 0)
        elif self._random.random() < 0.3:  # very late, but not never
            self._clock.after(self._random.choice((3000, 9000, 22_000)), self._go_on, response, said, 0)

    def _go_on(self, response: Response, said: list[tuple[int, e.ServiceEvent]], at: int) -> None:
        if response.over or self.dead:
            return
        if at:
            self._tell(response, said[at - 1][1])
        if at < len(said):
            self._clock.after(said[at][0], self._go_on, response, said, at + 1)
        elif response.kind != "stalls":
            self._end(response)
        elif self._random.random() < 0.5:
            self._clock.after(self._random.choice((3000, 9000, 22_000)), self._wake, response)

    def _wake(self, response: Response) -> None:
        """It ends after all, unless it was cut meanwhile."""
        if not response.over and not self.dead:
            self._end(response)

    def _tell(self, response: Response, event: e.ServiceEvent) -> None:
        if isinstance(event, e.ResponseStarted):
            response.started = True
            self._watcher.begun(self, response)
        if isinstance(event, e.AudioDelta | e.AudioFinished | e.TranscriptDelta):
            for item in response.items:
                if item.item_id == event.item_id:
                    self.items[item.item_id] = item
                    if isinstance(event, e.AudioDelta):
                        item.sent_ms += len(event.pcm) // 48
                    item.finished |= isinstance(event, e.AudioFinished)
        self._say(event)

    def _end(self, response: Response) -> None:
        response.over, self.active = True, None
        kind = response.kind
        reason = ""
        if kind in ("failed", "breaks"):
            response.status, reason = "failed", failure(self._random)[0]
        elif kind == "incomplete":
            response.status = "incomplete"
            reason = self._random.choice(("content_filter", "max_output_tokens"))
        elif kind == "calls":
            many = self._random.choice((1, 1, 2))
            names = [self._names.choice(NAMES) for _ in range(many)]
            response.calls = tuple(e.FunctionCall(self._id("c"), name, "{}") for name in names)
            self._calls |= {call.call_id: 0 for call in response.calls}
        self._done(response, reason)

    def _cancel(self, response: Response, reason: str = "client_cancelled") -> None:
        """Cut; a last piece may be on its way already."""
        response.over, self.active = True, None
        response.status = "cancelled"
        if not response.started:
            response.started = True
            self._say(e.ResponseStarted(response.response_id, response.request_id))
        for item in response.items:
            if item.item_id in self.items and not item.finished:
                if self._random.random() < 0.3 and item.sent_ms < item.length_ms:
                    item.sent_ms += 60
                    self._say(e.AudioDelta(response.response_id, item.item_id, quiet(60)))
                item.finished = True
                self._say(e.AudioFinished(response.response_id, item.item_id))
        self._done(response, reason)

    def _done(self, response: Response, reason: str) -> None:
        item_ids = tuple(item.item_id for item in response.items if item.item_id in self.items)
        usage = e.Usage(total=self._random.randint(0, 50))
        self._say(
            e.ResponseDone(response.response_id, response.status, reason, "", item_ids, response.calls, usage)
        )
