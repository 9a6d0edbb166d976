"""What the model says, a step at a time: sound, and its words on the timeline. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from ...realtime.wire import Json
from ...vocabulary.sound import SERVICE_BYTES_PER_MS, ServicePcm, service_ms
from ..answers import Speech
from ..word_times import SpokenWord, between, words_of
from .live_clock import STEP_BYTES, STEP_MS

GRID_MS = 200  # of transcripts
TICK_MS = 400  # at the beginning of a session, far below speech
TICK = ((45).to_bytes(2, "little") + bytes(STEP_BYTES // 10 - 2)) * 10


class Mouth:
    def __init__(self) -> None:
        self._speech: Speech | None = None
        self._words: list[SpokenWord] = []
        self._at_ms = self._until_ms = 0

    @property
    def is_speaking(self) -> bool:
        return self._speech is not None

    @property
    def has_begun(self) -> bool:
        return self._at_ms > 0

    @property
    def is_halfway(self) -> bool:
        return self.is_speaking and self._at_ms * 2 >= self._until_ms

    def say(self, speech: Speech) -> None:
        """From now on; what was being said is not said to its end."""
        self._speech, self._words = speech, words_of(speech)
        self._at_ms, self._until_ms = 0, service_ms(speech.pcm)

    def interrupt(self, after_ms: int) -> None:
        self._until_ms = min(self._until_ms, self._at_ms + after_ms)

    def step(self, position_ms: int) -> tuple[ServicePcm, list[Json]]:
        """The next 100 ms, and the words that begin in it. `position_ms`: where they begin on the timeline."""
        speech = self._speech
        if speech is None:
            return (TICK if position_ms < TICK_MS else bytes(STEP_BYTES)), []
        begin = self._at_ms * SERVICE_BYTES_PER_MS
        pcm = speech.pcm[begin : begin + STEP_BYTES].ljust(STEP_BYTES, b"\0")
        beginning = between(self._words, self._at_ms, self._at_ms + STEP_MS)
        words = fragments(beginning, position_ms - self._at_ms)
        self._at_ms += STEP_MS
        if self._at_ms >= self._until_ms:
            self._speech = None
        return pcm, words


def fragments(words: Iterable[SpokenWord], began_ms: int) -> list[Json]:
    """Words of a sound that began at `began_ms`, as transcripts have them: on a grid, with a blank before them, and
    what begins in the same cell together."""
    cells: dict[int, Json] = {}
    for word in words:
        begins_ms = began_ms + word.offset_ms
        start_ms = begins_ms // GRID_MS * GRID_MS
        end_ms = -(-(begins_ms + word.duration_ms) // GRID_MS) * GRID_MS
        cell = cells.setdefault(start_ms, {"delta": "", "start_ms": start_ms, "end_ms": end_ms})
        cell["delta"] += f" {word.text}"
        cell["end_ms"] = max(cell["end_ms"], end_ms)
    return list(cells.values())
