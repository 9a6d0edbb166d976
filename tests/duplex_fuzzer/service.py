"""A session of GPT-Live as the device sees it: valid, and unkind. Its clock is the sound it gets."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Protocol

from edge_agent.realtime.input_stream import InputStream
from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e
from tests.fuzzer.answers import quiet
from tests.fuzzer.clock import Clock, Pipe
from tests.fuzzer.microphone import Run, Voices, frames

from .backend import Backend

STEP_MS, STEP_FRAMES = 100, 5
ENDS_STEPS, CLOSES_STEPS, SPOKEN_OVER_STEPS = 5, 8, 3  # a voice; what is said; what is said over
PLACED_STEPS = 8  # a text
GRACE_STEPS = 30  # without sound, and the clock stands still
WORD_MS = 200


@dataclass
class Temper:
    """How a service behaves in this history: how often."""

    deaf: float = 0.0  # it does not answer
    stubborn: float = 0.0  # it does not stop for a voice, or where it is told to
    pauses: float = 0.0  # it pauses in mid-answer for so long that it sounds like the end
    early: float = 0.0  # it begins before the user has finished
    works: float = 0.0  # it wants work done
    refuses: float = 0.0  # it ends the session where it should answer
    delay_ms: int = 20


@dataclass
class Answer:
    """`came_ms`: that the device has got of it. `took_ms`: of that, what it may take for the answer to what was said.
    `acts`: that people and misfortune had done when it began."""

    began_ms: int
    length_ms: int
    acts: int
    item_ids: list[str] = field(default_factory=list)
    came_ms: int = 0
    last_ms: int = 0  # when the last of it came
    took_ms: int = 0

    @property
    def has_come(self) -> bool:
        return self.came_ms >= self.length_ms


class Watcher(Protocol):
    @property
    def acts(self) -> int: ...
    def told(self, session: Session, event: e.ServiceEvent, answer: Answer | None) -> None: ...
    def complain(self, kind: str, text: str) -> None: ...
    def ended(self, session: Session, reason: str) -> None: ...


class Session:
    """`watcher` gets what it says, on the other side of the network, and is told why it ends. `knows`: what it was told
    when it began."""

    def __init__(
        self,
        number: int,
        clock: Clock,
        random: Random,
        temper: Temper,
        voices: Voices,
        knows: str,
        watcher: Watcher,
    ) -> None:
        self.number, self.dead = number, False
        self._clock, self._random, self._temper, self._voices = clock, random, temper, voices
        self._watcher = watcher
        self.knows = knows
        self.heard: dict[str, set[int]] = {}
        self.heard_ms: dict[str, int] = {}  # when the last of it was
        self.texts: dict[str, int] = {}  # when they were placed
        self.answers: list[Answer] = []
        self.open_work: set[str] = set()
        self.called_ms: int | None = None  # when the device got calls, the last time
        self._backend = Backend(
            clock, random, lambda event: self._send(event, 0), self._speak_result, watcher.complain
        )
        self.muted = False
        self.up: Pipe[c.ServiceCommand] = Pipe(clock, lambda: temper.delay_ms, self._take)
        self._down: Pipe[Callable[[], None]] = Pipe(clock, lambda: temper.delay_ms, lambda arrive: arrive())
        self.stream = InputStream(clock.now_ms / 1000)
        self._waiting: deque[int] = deque()  # frames
        self._placing: list[tuple[int, c.Tell]] = []
        self._steps = self._unfed = 0
        self._quiet_steps = ENDS_STEPS  # in what is heard
        self._is_asked = False  # something was said and is not answered
        self._answer_at: int | None = None  # the step
        self._stop_at: int | None = None
        self._saying: Answer | None = None
        self._said_ms = self._pause_ms = 0
        self._burst = 0
        self._burst_ms = 0  # of the one that comes
        self._silence = 0  # steps of it in that
        self._is_over = False  # the user has talked over it
        self._began = False

    # ---- what comes ------------------------------------------------------
    def _take(self, command: c.ServiceCommand) -> None:
        if self.dead:
            return
        match command:
            case c.AppendAudio(pcm):
                self._append(frames(pcm))
            case c.AppendSilence(ms):
                self._append([0] * (ms // 20))
            case c.MuteInput(muted):
                self.muted = muted
            case c.CreateFunctionOutput() | c.ContinueWork():
                self._backend.take(command)
            case c.Tell(delegation_id=delegation_id):
                self.open_work.discard(delegation_id or "")
                self._placing.append((self._steps + PLACED_STEPS, command))

    def _append(self, which: list[int]) -> None:
        self._waiting.extend(which)
        self._unfed = 0
        if not self._began:
            self._began = True
            self._clock.after(300, self._step)

    def has(self, run: Run) -> bool:
        """Whether it was heard in full."""
        return bool(run.recorded) and run.recorded <= self.heard.get(run.name, set())

    # ---- its clock -------------------------------------------------------
    def _step(self) -> None:
        if self.dead:
            return
        self._clock.after(STEP_MS, self._step)
        if not self._waiting:
            self._unfed += 1
            if self._unfed > GRACE_STEPS:
                return
        self._steps += 1
        taken = [self._waiting.popleft() for _ in range(min(STEP_FRAMES, len(self._waiting)))]
        self._hear([] if self.muted else taken)
        self._place()
        if self._answer_at is not None and self._steps >= self._answer_at:
            self._answer()
        self._speak()

    def _hear(self, taken: list[int]) -> None:
        voiced = self._voices.voiced(frame for frame in taken if frame)
        for frame, run in voiced:
            self._is_asked = True
            self.heard_ms[run.name] = self._clock.now_ms
            is_new = run.name not in self.heard
            self.heard.setdefault(run.name, set()).add(frame)
            if is_new:
                words = e.WordsTranscribed(f"s{self.number}/{run.name}", "user", run.name, 0, 200)
                self._send(words, 4 + self._random.randrange(4))
        began = bool(voiced) and self._quiet_steps >= ENDS_STEPS
        self._quiet_steps = 0 if voiced else self._quiet_steps + 1
        if began:
            self._begin_to_listen()
        elif self._quiet_steps == ENDS_STEPS and self._is_asked:
            self._answer_at = self._steps + self._random.randrange(5)

    def _begin_to_listen(self) -> None:
        self._answer_at = None
        if self._saying and self._random.random() >= self._temper.stubborn:
            self._stop_at = self._steps + self._random.randint(2, 6)
        self._is_over = self._burst_ms > 0
        if self._random.random() < self._temper.early:
            self._answer_at = self._steps + self._random.randint(3, 12)

    def _place(self) -> None:
        placed = [told for at, told in self._placing if at <= self._steps]
        self._placing = [(at, told) for at, told in self._placing if at > self._steps]
        for told in placed:
            if told.channel == "commentary":
                self.texts[told.text] = self._clock.now_ms
                self._answer_at = self._steps
            elif told.channel == "instructions" and self._random.random() >= self._temper.stubborn:
                self._stop_at = self._steps

    def _answer(self) -> None:
        random, temper = self._random, self._temper
        self._answer_at = None
        if random.random() < temper.refuses:
            self.die(random.choice(("content", "expired", "remote_hangup", "connection_lost")))
            return
        if random.random() < temper.deaf:
            return
        if random.random() < temper.works:
            self._work()
            return
        length_ms = random.choice((300, 1000, 1500, 3000, 8000))
        self._saying = Answer(self._clock.now_ms, length_ms, self._watcher.acts)
        self.answers.append(self._saying)
        self._is_asked = False
        self._said_ms = self._pause_ms = 0
        self._stop_at = None

    def _speak_result(self) -> None:
        self._answer_at = self._steps

    def _work(self) -> None:
        delegation_id = f"s{self.number}d{self._steps}"
        if self._random.random() < 0.3:
            self.open_work.add(delegation_id)
            self._send(e.WorkAsked(delegation_id), 0)
        elif not self._backend.is_busy:
            self._backend.begin(delegation_id)

    # ---- what is said ----------------------------------------------------
    def _speak(self) -> None:
        answer = self._saying
        if answer and self._stop_at is not None and self._steps >= self._stop_at:
            self._saying = answer = None
        if answer and self._pause_ms > 0:
            self._pause_ms -= STEP_MS
        elif answer:
            self._sound(answer)
            return
        if self._burst_ms:
            self._silence += 1
            if self._silence >= (SPOKEN_OVER_STEPS if self._is_over else CLOSES_STEPS):
                self._finish_burst()
            else:
                self._delta(None, silent=True)

    def _sound(self, answer: Answer) -> None:
        if not self._burst_ms:
            self._burst += 1
            self._is_over = False
            answer.item_ids.append(self.item_id)
        elif self.item_id not in answer.item_ids:  # it goes on in the same breath
            answer.item_ids.append(self.item_id)
        if self._burst_ms % WORD_MS == 0:
            self._word()
        self._silence = 0
        self._delta(answer, silent=False)
        self._said_ms += STEP_MS
        if self._said_ms >= answer.length_ms:
            self._saying = None
        elif self._random.random() < self._temper.pauses:
            self._pause_ms = self._random.choice((300, 900, 1500))

    @property
    def item_id(self) -> str:
        return f"s{self.number}a{self._burst}"

    def _word(self) -> None:
        at_ms = self._burst_ms
        text = f" {self.item_id}.{at_ms // WORD_MS}"
        words = e.WordsTranscribed(self.item_id, "assistant", text, at_ms, at_ms + WORD_MS)
        self._send(words, self._random.choice((0, 0, 1, 4)))

    def _delta(self, answer: Answer | None, *, silent: bool) -> None:
        self._burst_ms += STEP_MS
        delta = e.AudioDelta(self.item_id, self.item_id, quiet(STEP_MS), silent)
        self._down.send(lambda: self._arrive(delta, answer))

    def _finish_burst(self) -> None:
        self._burst_ms = self._silence = 0
        self._send(e.AudioFinished(self.item_id, self.item_id), 0)

    def _send(self, event: e.ServiceEvent, late_steps: int) -> None:
        self._clock.after(late_steps * STEP_MS, self._down.send, lambda: self._arrive(event))

    def _arrive(self, event: e.ServiceEvent, answer: Answer | None = None) -> None:
        if not self.dead:
            if isinstance(event, e.WorkPaused) and event.calls:
                self.called_ms = self._clock.now_ms
            self._watcher.told(self, event, answer)

    def die(self, reason: str) -> None:
        if not self.dead:
            self._watcher.ended(self, reason)
