"""What a wake word means for what is recorded: where the question begins, and that the word's end is not part of it."""

from __future__ import annotations

from collections.abc import Iterator

from ..vocabulary.events import Event, OwnWordHeard, StopWordHeard, WakeWordHeard
from ..vocabulary.sound import FRAME_MS, MicPcm, ServicePcm
from .gate import Edge, Gate
from .uplink import Uplink
from .wake_ear import LAG, WORD, WakeEar

KEPT_MS = (LAG + WORD) * FRAME_MS + 800  # of the past: a word, until it is known, has held, and is answered
ENDING = 120 // FRAME_MS  # frames before a word is known, at least, in which it has ended
QUESTION_MS = 200  # less of a voice after the word is the room, or the end of the word


class Called:
    """`sends_word`: what is recorded begins with the word, not behind it."""

    def __init__(self, ear: WakeEar, *, sends_word: bool) -> None:
        self._ear = ear
        self._word = WORD if sends_word else 0
        self._heard_at = 0  # frame in which its score was high enough
        self.awaits_question = False

    @property
    def suspects(self) -> bool:
        """Whether a word may be about to end."""
        return self._ear.suspects

    def forget(self) -> None:
        """What was heard until now does not matter."""
        self._ear.forget()

    def hear(self, mic: MicPcm, played: ServicePcm, frame: int, *, sounding: bool) -> Iterator[Event]:
        """The next frame of the microphone, its number, and what was played in it. `sounding`: there is something to
        stop."""
        hit = self._ear.hear(mic, played)
        if hit is None or (hit.word.stops and not sounding):
            return
        what = hit.word.name, round(hit.score, 3), frame * FRAME_MS
        if hit.own:
            yield OwnWordHeard(*what, self._ear.over_noise_db)
        elif hit.word.stops:
            yield StopWordHeard(*what)
        else:
            self._heard_at = frame - hit.word.hold_ms // FRAME_MS
            yield WakeWordHeard(*what, self._ear.over_noise_db)

    def frames_of_question(self, now: int) -> tuple[int, int]:
        """(to be recorded, to be listened to) of what was heard until frame `now`."""
        since = now - self._heard_at
        return since + LAG + self._word, since + ENDING

    def judge(self, edge: Edge | None, gate: Gate, uplink: Uplink) -> Edge | None:
        """What the gate has found, once it is a question."""
        if not self.awaits_question:
            return edge
        if gate.is_open and uplink.speech_ms >= QUESTION_MS:
            self.awaits_question = False
            return Edge.OPENED
        if edge is Edge.CLOSED:
            uplink.unsay()
        return None
