"""Events of GPT-Live to the agent's vocabulary. Pure.

The service says neither where an answer begins nor where it ends. Here each stretch of speech in its output becomes an
item, with an id of this device's own; the words of both sides are put to it by their times.
"""

from __future__ import annotations

from ....vocabulary import events as e
from ....vocabulary.sound import is_silent, service_ms
from ....vocabulary.text import LONGEST_ITEM, harmless
from .. import Json
from ..decode import (
    BadFrame,
    Decoder,
    SessionCreated,
    WireEvent,
    amount_of,
    audio_of,
    code_at,
    id_at,
    member,
    read_error,
)
from .output_gate import OutputGate
from .work_decode import WorkReader

PAUSE_MS = 1300  # what is said after a longer one is another item


class LiveDecoder(Decoder):
    def __init__(self) -> None:
        readers = {
            "session.started": self._started,
            "session.output_audio.delta": self._sound,
            "session.output_transcript.delta": self._spoken,
            "session.input_transcript.delta": self._heard,
            "session.delegation.created": self._work,
            "response.event": WorkReader().read,
            "session.usage.updated": self._used,
            "session.closed": self._closed,
            "error": read_error,
        }
        super().__init__({}, readers)
        self._gate = OutputGate()
        self._sounds = False  # the last burst has not been ended
        self._frame: str | bytes = ""  # that is being read
        self._silence: tuple[str | bytes, bytes] = "", b""  # a frame that brought nothing else, and its sound
        self._session_id = ""
        self._carried = b""  # came with the silence before it, and goes with the next piece
        self._bursts = self._utterances = 0
        self._divides = False  # with the next piece
        self._divided_ms = 0  # where on the timeline, the last time
        self._undivided_began_ms = 0  # what was before
        self._user_ended_ms = self._user_began_ms = -PAUSE_MS

    def decode(self, frame: str | bytes) -> WireEvent | None:
        """As of any service; but most of what comes is the same silence, ten times a second, which costs no reading."""
        known, pcm = self._silence
        if known and frame == known and not (self._sounds or self._carried):
            self._gate.feed(pcm, silent=True)
            return None
        self._frame = frame
        return super().decode(frame)

    def _started(self, event: Json) -> WireEvent:
        session = member(event, "session", dict)
        self._session_id = code_at(session, "id")
        expires_at = amount_of(session, "expires_at") or None
        return SessionCreated(self._session_id, expires_at, code_at(session, "model"))

    def divide(self) -> None:
        self._divides = self._sounds

    def _answer(self, number: int) -> str:
        return f"{self._session_id}/answer-{number}"

    def _sound(self, event: Json) -> WireEvent | None:
        pcm = audio_of(event)
        if len(pcm) % 2:
            raise BadFrame("session.output_audio.delta: half a sample")
        was_open, gate = self._sounds, self._gate
        if "start_ms" in event:
            gate.skip_to(int(amount_of(event, "start_ms")) - service_ms(self._carried))
        if was_open and (self._divides or not gate.is_open):
            self._carried, self._sounds = pcm, gate.is_open
            return self._divided() if gate.is_open else self._finished()
        pcm, self._carried = self._carried + pcm, b""
        silent = is_silent(pcm)
        gate.feed(pcm, silent=silent)
        self._sounds = gate.is_open
        if gate.is_open:
            if not was_open:
                self._bursts += 1
                self.allowance.begin_answer()
            item_id = self._answer(self._bursts)
            return e.AudioDelta(item_id, item_id, pcm, silent)
        if silent and event.keys() == {"type", "delta"}:
            self._silence = self._frame, pcm
        return self._finished() if was_open else None

    def _divided(self) -> WireEvent:
        """It is two, and goes on with the second."""
        gate, finished = self._gate, self._finished()
        self._undivided_began_ms, self._divided_ms = gate.began_ms, gate.at_ms
        gate.began_ms = gate.at_ms
        self._bursts += 1
        return finished

    def _finished(self) -> WireEvent:
        self._divides = False
        item_id = self._answer(self._bursts)
        return e.AudioFinished(item_id, item_id)

    def _spoken(self, event: Json) -> WireEvent:
        text, start_ms, end_ms = _words(event)
        gate = self._gate
        # ahead of their sound they are of the next one
        is_next = not gate.is_open and end_ms > gate.ended_ms
        item_id = self._answer(self._bursts + is_next)
        began_ms = gate.at_ms if is_next else gate.began_ms
        if start_ms < self._divided_ms <= began_ms and not is_next:
            item_id, began_ms = self._answer(self._bursts - 1), self._undivided_began_ms
        return e.WordsTranscribed(
            item_id, "assistant", text, max(0, start_ms - began_ms), max(0, end_ms - began_ms)
        )

    def _heard(self, event: Json) -> WireEvent:
        text, start_ms, end_ms = _words(event)
        if start_ms - self._user_ended_ms >= PAUSE_MS or start_ms < self._user_began_ms:
            self._utterances += 1
            self._user_began_ms = start_ms
        self._user_ended_ms = max(end_ms, self._user_ended_ms)
        self._gate.speak_over(end_ms)
        item_id = f"{self._session_id}/utterance-{self._utterances}"
        began_ms = self._user_began_ms
        return e.WordsTranscribed(item_id, "user", text, start_ms - began_ms, end_ms - began_ms)

    def _work(self, event: Json) -> WireEvent:
        delegation = member(event, "delegation", dict)
        return e.WorkAsked(id_at(delegation, "id"), code_at(delegation, "target") == "responses")

    def _used(self, event: Json) -> WireEvent:
        return e.SecondsBilled(self._session_id, amount_of(event, "usage", "seconds"), 0.0)

    def _closed(self, event: Json) -> WireEvent:
        return e.SessionEnded(code_at(event, "reason"), amount_of(event, "usage", "seconds"))


def _words(event: Json) -> tuple[str, int, int]:
    text = harmless(member(event, "delta", str), LONGEST_ITEM)
    return text, int(amount_of(event, "start_ms")), int(amount_of(event, "end_ms"))
