"""Whether a microphone delivers what a room can sound like, from its samples before any filter.

A converter without a microphone gives zeros, a constant, or the last bit in turns (what has 32 bits is dithered to
16); a data line that nobody drives gives full scale. A loose contact crackles now and then: that is dead too.
"""

from __future__ import annotations

from collections import Counter, deque

import numpy as np
from numpy.typing import NDArray

from ..vocabulary.sound import FRAME_MS

WINDOW_MS, LONGEST_WINDOW_MS = 2500, 60_000
MOST_ALIVE = 1 / 8  # of the frames, at a microphone that is dead all the same
DITHER = (
    4  # units of s16 from the lowest to the highest sample; the quietest room with a live microphone has more
)
LOUD, LOUDEST_RMS = 16_000, 16_400.0  # -6 dBFS: what only sound that is cut off has, all the time
STEP = 16
BACK_MS, BACK_WITHIN_MS = 100, 200  # so much life, in this time: it is alive again
ZEROS, CONSTANT = "only zeros", "one constant value"
LAST_BIT, FULL_SCALE = "only zeros and the last bit", "only full scale"


def symptom(samples: NDArray[np.int16]) -> str:
    """What is wrong with 20 ms of one channel; empty: nothing."""
    low, high = int(samples.min()), int(samples.max())
    if high - low > DITHER:
        if max(high, -low) < LOUD or float(np.square(samples, dtype=np.float32).mean()) < LOUDEST_RMS**2:
            return ""
        return FULL_SCALE
    if high - low:
        return LAST_BIT
    return CONSTANT if low else ZEROS


def seems_alive(samples: memoryview) -> bool:
    """Whether a few of them are enough to tell: the rest need not be looked at."""
    some = samples[::STEP].tolist()
    low, high = min(some), max(some)
    return high - low > DITHER and high < LOUD and low > -LOUD


class DeadMicrophone:
    """Takes all that a microphone delivers. `channel`: which is heard; None: the mean of all."""

    def __init__(self, channel: int | None = None, window_ms: int = WINDOW_MS) -> None:
        self._channel = channel
        self._window_ms = window_ms
        self._clear()

    def _clear(self) -> None:
        self._alive: deque[bool] = deque()
        self._living = 0  # of them
        self._symptoms: Counter[str] = Counter()
        self._others: Counter[int] = Counter()  # frames in which another channel lives and this one does not

    def hear(self, pcm: bytes, channels: int) -> None:
        """The next 20 ms, interleaved."""
        samples = memoryview(pcm).cast("h")
        alive = seems_alive(samples[self._channel or 0 :: channels]) or not self._examine(pcm, channels)
        self._alive.append(alive)
        self._living += alive
        if len(self._alive) * FRAME_MS > self._window_ms:
            self._living -= self._alive.popleft()
        if self._symptoms and 2 * self._living > len(
            self._alive
        ):  # what it was before does not matter any more
            self._symptoms.clear()
            self._others.clear()

    def _examine(self, pcm: bytes, channels: int) -> bool:
        """Whether what is heard is dead in this frame. With the mean of all, one that lives is enough."""
        frame = np.frombuffer(pcm, np.int16).reshape(-1, channels)
        found = [symptom(frame[:, number]) for number in range(channels)]
        heard = found if self._channel is None else [found[self._channel]]
        if not all(heard):
            return False
        self._symptoms[heard[0]] += 1
        self._others.update(number for number, what in enumerate(found) if not what)
        return True

    @property
    def is_dead(self) -> bool:
        whole = (len(self._alive) + 1) * FRAME_MS > self._window_ms
        return whole and self._living <= MOST_ALIVE * len(self._alive)

    @property
    def is_alive(self) -> bool:
        """Not only for a moment."""
        return sum(list(self._alive)[-BACK_WITHIN_MS // FRAME_MS :]) * FRAME_MS >= BACK_MS

    @property
    def was_dead(self) -> bool:
        """Told, and not alive since."""
        return self._window_ms > WINDOW_MS

    @property
    def complaint(self) -> str:
        """What it delivers, once it is dead."""
        return self._symptoms.most_common(1)[0][0]

    @property
    def living_channels(self) -> list[int]:
        """Others that hear something; of those that are open."""
        return sorted(
            number for number, frames in self._others.items() if frames > MOST_ALIVE * len(self._alive)
        )

    def again(self) -> None:
        """It is opened again. Some give zeros while nobody talks: after each time that it was dead, it has longer."""
        if self.is_dead:
            self._window_ms = min(2 * self._window_ms, LONGEST_WINDOW_MS)
        self._clear()

    def recovered(self) -> None:
        """It is heard again."""
        if self.was_dead:
            self._window_ms = WINDOW_MS
            self._clear()


def sentence(delivers: str, channel: int | None, living: list[int]) -> str:
    """What is wrong, and what to do. `living`: channels that hear something; `channel`: which is heard now."""
    if not living:
        return f"the microphone delivers {delivers}; check the mute switch and the cable"
    where = "" if channel is None else f" on channel {channel}"
    found = " and ".join(map(str, living))
    others = f"channel {found} hears" if len(living) == 1 else f"channels {found} hear"
    return f"the microphone delivers {delivers}{where}, but {others} something; set audio.mic_channel to {living[0]}"
