"""The service's voice detection, simulated by level. Its clock is the sound that was appended."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..vocabulary.frozen import frozen
from ..vocabulary.sound import FRAME_MS, SERVICE_FRAME_BYTES

SEMANTIC_SILENCE_MS = {"low": 1200, "medium": 800, "auto": 800, "high": 400}  # a stand-in for understanding
START_FRAMES = 3
FILLER_MS = 300


@frozen
class Detected:
    """`at_ms` is on the session's audio clock, as the service reports it."""

    started: bool
    at_ms: int


class Ear:
    """server_vad and the semantic ones, told apart only by how long a silence must be, and how long a sound: a filler
    word is short."""

    def __init__(self, detection: dict[str, Any], clock_ms: int = 0) -> None:
        eagerness = detection.get("eagerness") or "auto"
        semantic = detection["type"] == "semantic_vad"
        self._silence_ms = (
            SEMANTIC_SILENCE_MS[eagerness] if semantic else detection.get("silence_duration_ms", 200)
        )
        self.prefix_ms = detection.get("prefix_padding_ms", 300)
        self._start_frames = max(START_FRAMES, detection.get("speech_duration_ms", 0) // FRAME_MS)
        self._level = 60 + 1000 * float(detection.get("threshold", 0.5))  # rms of s16
        if detection.get("remove_filler_words"):
            self._start_frames = max(self._start_frames, FILLER_MS // FRAME_MS)
        self._rest = b""
        self._clock_ms = clock_ms
        self._run = 0
        self.speech = False

    def feed(self, pcm: bytes) -> list[Detected]:
        """Takes any amount of 24 kHz sound; says where voices began and ended in it."""
        data = self._rest + pcm
        whole = len(data) // SERVICE_FRAME_BYTES * SERVICE_FRAME_BYTES
        self._rest = data[whole:]
        frames = (
            np.frombuffer(data[:whole], np.int16).astype(np.float32).reshape(-1, SERVICE_FRAME_BYTES // 2)
        )
        heard = []
        for loud in np.sqrt((frames**2).mean(axis=1)) > self._level:
            self._clock_ms += FRAME_MS
            self._run = self._run + 1 if bool(loud) != self.speech else 0
            if not self.speech and self._run >= self._start_frames:
                self.speech, self._run = True, 0
                began = self._clock_ms - self._start_frames * FRAME_MS - self.prefix_ms
                heard.append(Detected(True, max(0, began)))
            elif self.speech and self._run * FRAME_MS >= self._silence_ms:
                self.speech, self._run = False, 0
                heard.append(Detected(False, self._clock_ms))
        return heard
