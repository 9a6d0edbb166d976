"""A sound card made of WAV files, on one sample clock.

Sample n of what the microphone heard and of what the speaker played are the same instant. The speaker holds
HELD_FRAMES after each write, as a real card does: what is written after block k alone was read begins to sound when
block k + 1 ends. The echo path lets the microphone hear it, softer and later.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from math import ceil
from threading import Lock
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ...vocabulary.sound import FRAME_MS, HELD_FRAMES, SERVICE_RATE_HZ
from ..convert import convert, to_mono
from ..riff import BadWav
from ..wav import read_wav


class Source(Protocol):
    """What the microphone hears of the world."""

    @property
    def over(self) -> bool: ...
    def next(self, size: int) -> bytes: ...  # exactly `size` bytes, silence where there is nothing


class Sink(Protocol):
    """Takes what sounded, block by block, mono."""

    def write(self, pcm: bytes) -> None: ...
    def close(self) -> None: ...


class WavSource:
    """A recording, then silence."""

    def __init__(self, pcm: bytes) -> None:
        self._pcm, self._at = pcm, 0

    @property
    def over(self) -> bool:
        return self._at >= len(self._pcm)

    def next(self, size: int) -> bytes:
        block = self._pcm[self._at : self._at + size]
        self._at += size
        return block.ljust(size, b"\0")


def wav_source(path: str) -> tuple[WavSource, int, int]:
    """(source, rate in Hz, channels) of a recording. Raises BadWav."""
    pcm, rate_hz, channels = read_wav(path)
    if not pcm:
        raise BadWav(f"{path}: contains no audio; record some")
    if rate_hz * FRAME_MS % 1000:  # no whole number of samples in a block
        pcm, rate_hz, channels = convert(to_mono(pcm, channels), rate_hz), SERVICE_RATE_HZ, 1
    return WavSource(pcm), rate_hz, channels


class SpokenSource:
    """Silence, until somebody says something. `say` may come from another thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._said, self._at = b"", 0
        self.finished = False  # nobody will say anything more

    @property
    def over(self) -> bool:
        return self.finished and self._at >= len(self._said)

    def say(self, pcm: bytes) -> None:
        """Begin with the next block; at the card's rate, mono."""
        with self._lock:
            self._said, self._at = self._said[self._at :] + pcm, 0

    def next(self, size: int) -> bytes:
        with self._lock:
            block = self._said[self._at : self._at + size]
            self._at += len(block)
        return block.ljust(size, b"\0")


class EchoPath:
    """From the speaker to the microphone: a gain and a delay."""

    def __init__(self, gain: float, delay_ms: int, rate_hz: int) -> None:
        self._gain = gain
        self._played: NDArray[np.float32] = np.zeros(rate_hz * delay_ms // 1000, np.float32)
        self._past = 0  # samples that were heard before they were played: they were silence

    def play(self, pcm: bytes) -> None:
        played = np.frombuffer(pcm, np.int16)[self._past :] * np.float32(self._gain)
        self._past = max(0, self._past - len(pcm) // 2)
        self._played = np.concatenate((self._played, played))

    def add_to(self, pcm: bytes, channels: int) -> bytes:
        """`pcm` as the microphone hears it beside the speaker."""
        heard = np.frombuffer(pcm, np.int16).reshape(-1, channels).astype(np.float32)
        count = min(len(heard), len(self._played))
        heard[:count] += self._played[:count, None]
        self._played = self._played[count:]
        self._past += len(heard) - count
        return bytes(np.clip(heard, -32768, 32767).astype(np.int16).tobytes())


class SimulatedCard:
    """One rate for both sides, unless `out_rate_hz` is given. `paced`: blocks come in real time; otherwise as
    fast as they are read. An echo path needs one rate."""

    out_latency_ms = HELD_FRAMES * FRAME_MS
    most_blocks = 25

    def __init__(
        self,
        source: Source,
        *,
        rate_hz: int,
        out_rate_hz: int | None = None,
        channels: int = 1,
        speaker: Sequence[Sink] = (),
        microphone: Sequence[Sink] = (),
        echo: EchoPath | None = None,
        paced: bool = True,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = f"simulated, {rate_hz} Hz, {channels} channel{'s' * (channels > 1)} in"
        self.in_rate_hz, self.out_rate_hz = rate_hz, out_rate_hz or rate_hz
        self.in_channels = channels
        self._source, self._echo = source, echo
        self._speaker, self._microphone = speaker, microphone
        self._sleep, self._clock, self._paced = sleep, clock, paced
        self._size = rate_hz * FRAME_MS // 1000 * 2
        self._blocks = 0
        self._hurried = Lock()  # free: somebody is in a hurry
        self._hurried.acquire()
        self._began = clock()
        # while the first blocks are heard, nothing can sound yet
        self.write(bytes(HELD_FRAMES * self.out_rate_hz * FRAME_MS // 1000 * 2))

    @property
    def over(self) -> bool:
        """Whether the microphone has nothing more to hear."""
        return self._source.over

    @property
    def began_at(self) -> float:
        """When its first sample was heard: in s, on its clock."""
        return self._began

    def read(self, blocks: int = 1) -> bytes:
        if self._paced:
            blocks = self._wait(blocks)
        self._blocks += blocks
        pcm = self._source.next(blocks * self._size * self.in_channels)
        if self._echo:
            pcm = self._echo.add_to(pcm, self.in_channels)
        for sink in self._microphone:
            sink.write(to_mono(pcm, self.in_channels, 0))
        return pcm

    def hurry(self) -> None:
        with suppress(RuntimeError):  # it is free already
            self._hurried.release()

    def _wait(self, blocks: int) -> int:
        """Until they were heard; in a hurry only until the block that is being heard. How many that are."""
        if blocks > 1:
            if not self._hurried.acquire(timeout=self._left_s(blocks)):
                return blocks
            begun = ceil((self._clock() - self._began) * 1000 / FRAME_MS) - self._blocks
            blocks = min(max(begun, 1), blocks)
        self._sleep(self._left_s(blocks))
        return blocks

    def _left_s(self, blocks: int) -> float:
        return max(0.0, self._began + (self._blocks + blocks) * FRAME_MS / 1000 - self._clock())

    def write(self, pcm: bytes) -> None:
        if self._echo:
            self._echo.play(pcm)
        for sink in self._speaker:
            sink.write(pcm)

    def close(self) -> None:
        for sink in (*self._speaker, *self._microphone):
            sink.close()
