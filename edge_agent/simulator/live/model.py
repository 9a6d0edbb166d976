"""The model of a simulated session: it listens while it speaks, and decides by itself when to. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from random import Random

from ...realtime.wire import Json
from ...vocabulary.frozen import frozen
from ...vocabulary.sound import ServicePcm
from ..answers import Answers, Asked, Call, ReplyPart, Speech
from .listener import HeardVoice, Listener
from .mouth import Mouth
from .texts import Text

ANSWERS_MS = (0, 400)  # after a voice has ended
STOPS_MS = (200, 600)  # after another has begun


@frozen
class Doings:
    """What came of 100 ms. `asks`: for what it wants done. `marks`: the moments of a fault script that have come."""

    pcm: ServicePcm
    spoken: list[Json]
    heard: tuple[Json, ...] = ()
    asks: tuple[Call, ...] = ()
    marks: tuple[str, ...] = ()


class DuplexModel:
    """`begins`: is told that an answer does, and says whether anybody hears it."""

    def __init__(
        self,
        answers: Answers,
        recognise: Callable[[ServicePcm], str],
        random: Random,
        begins: Callable[[], bool],
    ) -> None:
        self._answers, self._random, self._begins = answers, random, begins
        self.mouth, self.listener = Mouth(), Listener(recognise)
        self._asked: HeardVoice | None = None  # and not answered
        self._answer_at_ms: int | None = None
        self._parts: deque[ReplyPart] = deque()
        self._results: deque[Speech] = deque()  # of work: nothing interrupts that

    def step(self, heard: ServicePcm, position_ms: int) -> Doings:
        """100 ms go by, in which this is heard."""
        noticed = self.listener.step(heard, position_ms)
        marks: list[str] = []
        words: tuple[Json, ...] = ()
        if isinstance(noticed, HeardVoice):
            self._asked, words = noticed, noticed.words
            self._answer_at_ms = position_ms + self._random.randint(*ANSWERS_MS)
        elif noticed:
            marks.append("speech")
            self._answer_at_ms = None
            self._parts.clear()
            self.mouth.interrupt(self._random.randint(*STOPS_MS))
        if self._answer_at_ms is not None and position_ms >= self._answer_at_ms:
            self.answer()
        asks = self._go_on()
        was_speaking, was_halfway = self.mouth.is_speaking, self.mouth.is_halfway
        began = was_speaking and not self.mouth.has_begun
        pcm, spoken = self.mouth.step(position_ms)
        marks += ["audio"] if began else []
        marks += ["halfway"] if self.mouth.is_halfway and not was_halfway else []
        marks += ["done"] if was_speaking and not self.mouth.is_speaking else []
        return Doings(pcm, spoken, words, asks, tuple(marks))

    def answer(self, text: str = "", outputs: tuple[str, ...] = ()) -> None:
        """Now: what was asked, or else `text`; `outputs`: of the work that it wanted done."""
        asked, self._asked, self._answer_at_ms = self._asked, None, None
        question = Asked(text, outputs=outputs)
        if asked and not outputs:
            question = Asked(asked.text, asked.pcm)
        parts = self._answers.answer(question)
        self._parts = deque(parts if self._begins() else ())

    def take(self, text: Text) -> None:
        """A text has found its place: only a commentary makes it speak."""
        if text.channel == "commentary":
            self.answer(text.content, (text.content,) if text.delegation_id else ())

    def work_out(self, outputs: tuple[str, ...]) -> list[Call]:
        """What these outputs lead to: what is called next. The rest is said once nobody else speaks."""
        parts = self._answers.answer(Asked(outputs=outputs))
        spoken = [part for part in parts if isinstance(part, Speech)]
        self._results += spoken if spoken and self._begins() else []
        return [part for part in parts if isinstance(part, Call)]

    def _go_on(self) -> tuple[Call, ...]:
        """With the next part of the answer, or what came of work. What is work for others."""
        if self.mouth.is_speaking:
            return ()
        calls: list[Call] = []
        while self._parts and isinstance(self._parts[0], Call):
            calls.append(self._parts.popleft())  # type: ignore[arg-type]
        if not calls and self._parts:
            self._say(self._parts.popleft())  # type: ignore[arg-type]
        elif not calls and self._results and not self.listener.ear.speech:
            self._say(self._results.popleft())
        return tuple(calls)

    def _say(self, speech: Speech) -> None:
        self.mouth.say(speech if speech.pcm else Speech(speech.text, bytes(4800)))
