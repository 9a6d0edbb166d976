"""Takes the speaker out of what the microphone hears, with the played sound as reference.

The canceller is WebRTC's AEC3 (pywebrtc-audio, imported only when used). Its output is a high-passed
microphone, LAG_SAMPLES late. The reference has to be there before its echo, by LEAD_MS at least: closer, AEC3
loses its way after some seconds (docs/echo.md).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection
from typing import Any

import numpy as np

from ...vocabulary.sound import (
    BYTES_PER_SAMPLE,
    FRAME_MS,
    HELD_FRAMES,
    MIC_FRAME_BYTES,
    MIC_RATE_HZ,
    SERVICE_FRAME_BYTES,
    SERVICE_RATE_HZ,
    MicPcm,
    ServicePcm,
)
from ..resample import Resampler

HeardAndPlayed = tuple[MicPcm, ServicePcm]  # a frame of the microphone, and what was played in it
QUIET: MicPcm = bytes(MIC_FRAME_BYTES)
SILENCE: ServicePcm = bytes(SERVICE_FRAME_BYTES)
LEAD_MS = 40  # twice what it needs, for latencies that are reported too long
LAG_SAMPLES = 128
LAG = LAG_SAMPLES * BYTES_PER_SAMPLE
FADE_IN = np.linspace(0, 1, MIC_FRAME_BYTES // BYTES_PER_SAMPLE, dtype=np.float32)


class EchoUnavailable(Exception):
    """No canceller is installed; the message says what to do."""


class Reference:
    """What the speaker played, as late as the device is to play and to record it, less LEAD_MS.

    A frame counts from the microphone frame after which it was written. Cards hold HELD_FRAMES: none is played
    sooner.
    """

    def __init__(self, latency_ms: int = 0) -> None:
        self.delay(latency_ms)

    def delay(self, latency_ms: int) -> None:
        """`latency_ms`: from writing to the speaker until the microphone delivers it."""
        frames = max(HELD_FRAMES, 1 + (latency_ms - LEAD_MS) // FRAME_MS)
        self._line = deque([SILENCE] * frames)

    def pop(self) -> ServicePcm:
        """What sounds in the next microphone frame."""
        self._line.append(SILENCE)
        return self._line.popleft()

    def put(self, pcm: ServicePcm) -> None:
        """What was written after the last microphone frames; HELD_FRAMES at most."""
        for at in range(-(len(pcm) // SERVICE_FRAME_BYTES), 0):
            begins = len(pcm) + at * SERVICE_FRAME_BYTES
            self._line[at] = pcm[begins : begins + SERVICE_FRAME_BYTES]


class Aec3:
    """Asleep it only delays, at no cost. Going to sleep and waking up neither click nor lose a sample."""

    def __init__(self, played_rate_hz: int = SERVICE_RATE_HZ) -> None:
        """Raises EchoUnavailable."""
        try:
            from pywebrtc_audio import EchoCanceller
        except ImportError as error:
            raise EchoUnavailable(f'echo = "aec3" needs pywebrtc-audio ({error})') from None
        self._canceller: Any = EchoCanceller(sample_rate=MIC_RATE_HZ)
        self._to_mic = Resampler(played_rate_hz, MIC_RATE_HZ)
        self._silence: ServicePcm = bytes(played_rate_hz * FRAME_MS // 1000 * BYTES_PER_SAMPLE)
        self._late = bytes(LAG)  # the end of the last frame
        self._awake = False

    def cancel(self, mic: MicPcm, played: ServicePcm, before: Collection[HeardAndPlayed]) -> MicPcm:
        """The next frame without what was played; `before`: some frames ahead of it, to wake up with."""
        late = self._delayed(mic)
        if self._awake:
            return self._process(mic, played)
        self.catch_up(before or [(QUIET, self._silence)])  # else the end of what it heard last would come out
        return crossfade(late, self._process(mic, played))

    def catch_up(self, before: Collection[HeardAndPlayed]) -> list[MicPcm]:
        """Wake up: the last frames, which were only delayed, without what was played."""
        self._awake = True
        self._to_mic.reset()
        return [self._process(mic, played) for mic, played in before]

    def rest(self, mic: MicPcm) -> MicPcm:
        """The next frame, in which nothing was played for a while, or of which nothing matters."""
        late = self._delayed(mic)
        if not self._awake:
            return late
        self._awake = False
        return crossfade(self._process(mic, self._silence), late)

    def forget(self) -> None:
        """What was heard until now must not come out."""
        self._late = bytes(LAG)
        self._awake = False

    def _delayed(self, mic: MicPcm) -> MicPcm:
        late = self._late + mic[:-LAG]
        self._late = mic[-LAG:]
        return late

    def _process(self, mic: MicPcm, played: ServicePcm) -> MicPcm:
        near, far = np.frombuffer(mic, np.int16), np.frombuffer(self._to_mic.process(played), np.int16)
        return bytes(self._canceller.process(near, far).tobytes())


def crossfade(old: MicPcm, new: MicPcm) -> MicPcm:
    before, after = np.frombuffer(old, np.int16), np.frombuffer(new, np.int16)
    return (before + (after - before.astype(np.float32)) * FADE_IN).astype(np.int16).tobytes()
