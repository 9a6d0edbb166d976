"""What takes the speaker out of what the microphone hears, as `Duplex` sees it, and what was played, in time."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection
from typing import NamedTuple, Protocol

import numpy as np

from ...vocabulary.sound import (
    BYTES_PER_SAMPLE,
    FRAME_MS,
    HELD_FRAMES,
    MIC_FRAME_BYTES,
    SERVICE_FRAME_BYTES,
    MicPcm,
    ServicePcm,
)

HeardAndPlayed = tuple[MicPcm, ServicePcm]  # a frame of the microphone, and what was played in it
QUIET: MicPcm = bytes(MIC_FRAME_BYTES)
SILENCE: ServicePcm = bytes(SERVICE_FRAME_BYTES)
LEAD_MS = 40  # for latencies that are reported too long: an echo ahead of its reference cannot be taken out
LATEST = 1200 // FRAME_MS  # frames that an echo may be later than is known
FADE_IN = np.linspace(0, 1, MIC_FRAME_BYTES // BYTES_PER_SAMPLE, dtype=np.float32)


class Cleaned(NamedTuple):
    """A frame without what was played."""

    heard: MicPcm  # for whoever listens for a voice
    sent: MicPcm  # for the service; it may be late
    voice: bool | None = None  # whether somebody speaks over what was played; None: whoever listens finds out
    suspected: bool = False  # somebody may: early, and wrong now and then


class Canceller(Protocol):
    """Asleep it only delays, at no cost. Going to sleep and waking up neither click nor lose a sample."""

    @property
    def reach(self) -> int:
        """Frames: so much later than its reference an echo may begin."""

    def cancel(self, mic: MicPcm, played: ServicePcm, before: Collection[HeardAndPlayed], /) -> Cleaned:
        """The next frame; `before`: some frames ahead of it, to wake up with."""

    def catch_up(self, before: Collection[HeardAndPlayed], /) -> list[MicPcm]:
        """Wake up: what was to be sent of the last frames, which were only delayed."""

    def rest(self, mic: MicPcm, /) -> Cleaned:
        """The next frame, in which nothing was played for a while, or of which nothing matters."""

    def forget(self) -> None:
        """What was heard until now must not come out."""

    def relearn(self) -> None:
        """What was played comes at another delay from now on."""


class Reference:
    """What the speaker played, as late as the device is to play and to record it, less LEAD_MS.

    A frame counts from the microphone frame after which it was written. Cards hold HELD_FRAMES: none is played
    sooner.
    """

    def __init__(self, latency_ms: int = 0) -> None:
        self._past: deque[ServicePcm] = deque([SILENCE] * LATEST, maxlen=LATEST)
        self.delay(latency_ms)

    @property
    def frames(self) -> int:
        """Between writing one and its echo, at least."""
        return len(self._line)

    def delay(self, latency_ms: int) -> None:
        """`latency_ms`: from writing to the speaker until the microphone delivers it."""
        frames = max(HELD_FRAMES, 1 + (latency_ms - LEAD_MS) // FRAME_MS)
        self._line = deque([SILENCE] * frames)

    def shift(self, frames: int) -> None:
        """As many later than it was, or earlier if negative; HELD_FRAMES at least."""
        if frames > 0:
            self._line.extendleft(tuple(reversed(self._past))[:frames])
        for _ in range(min(-frames, len(self._line) - HELD_FRAMES)):
            self._line.popleft()

    def pop(self) -> ServicePcm:
        """What sounds in the next microphone frame."""
        self._line.append(SILENCE)
        self._past.append(self._line.popleft())
        return self._past[-1]

    def put(self, pcm: ServicePcm) -> None:
        """What was written after the last microphone frames; HELD_FRAMES at most."""
        for at in range(-(len(pcm) // SERVICE_FRAME_BYTES), 0):
            begins = len(pcm) + at * SERVICE_FRAME_BYTES
            self._line[at] = pcm[begins : begins + SERVICE_FRAME_BYTES]


def crossfade(old: MicPcm, new: MicPcm) -> MicPcm:
    before, after = np.frombuffer(old, np.int16), np.frombuffer(new, np.int16)
    return (before + (after - before.astype(np.float32)) * FADE_IN).astype(np.int16).tobytes()
