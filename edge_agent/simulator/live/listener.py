"""What the model hears: where a voice begins and ends, and the words in between. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from ...realtime.wire import Json
from ...vocabulary.frozen import frozen
from ...vocabulary.sound import ServicePcm, service_ms
from ..answers import Speech
from ..ear import Ear
from ..word_times import words_of
from .live_clock import STEP_BYTES, STEP_MS
from .mouth import fragments

BEFORE_STEPS = 4  # of what is heard before a voice is noticed
DETECTION = {"type": "server_vad", "silence_duration_ms": 500}


@frozen
class HeardVoice:
    text: str
    pcm: ServicePcm
    words: tuple[Json, ...]  # as transcripts have them


@dataclass(slots=True)
class Listener:
    recognise: Callable[[ServicePcm], str]
    ear: Ear = field(default_factory=lambda: Ear(DETECTION))
    kept: bytearray = field(default_factory=bytearray)

    def step(self, pcm: ServicePcm, position_ms: int) -> Literal["began"] | HeardVoice | None:
        """The next 100 ms, from `position_ms` on: whether a voice has begun in it, or what one has said that ended."""
        before = self.ear.speech
        self.ear.feed(pcm)
        self.kept += pcm
        if self.ear.speech:
            return None if before else "began"
        if before:
            return self._end(position_ms + STEP_MS)
        del self.kept[: -BEFORE_STEPS * STEP_BYTES]
        return None

    def _end(self, until_ms: int) -> HeardVoice:
        pcm = bytes(self.kept)
        self.kept.clear()
        text = self.recognise(pcm)
        words = fragments(words_of(Speech(text, pcm)), until_ms - service_ms(pcm))
        return HeardVoice(text, pcm, tuple(words))
