"""A neural canceller beside the linear one, asked only while something is doubted: it costs several times as much.

Of a loudspeaker that is driven hard, a linear filter leaves more than the detector can look through. The network leaves
less; but it bends the voice, so that a recogniser understands less of it (docs/echo.md). So nothing of what it makes is
sent: it is listened to for a voice. It wakes up with what was heard LOOK_BACK before, and catches up a few frames at a
time: the card waits for nobody.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple, Protocol

import numpy as np

from ...vocabulary.sound import FRAME_MS
from ..gate import Confirmer
from .linear.layout import Floats
from .samples import pcm

HOP, LAG = 128, 384  # samples: what a network takes at once, and how late its output is
LOOK_BACK = 500 // FRAME_MS
PATIENCE = 500 // FRAME_MS  # frames that it stays awake after the last doubt
AT_ONCE = 4  # frames that it takes in the time of one
LIKELY = 0.5  # probability of a voice that is worth a suspicion
SURE, CONFIRMED = 0.85, 4  # probability of a voice, and chunks in a row, that make one


class EchoNetwork(Protocol):
    def reset(self) -> None:
        """As if nothing had been heard."""

    def process(self, near: Floats, far: Floats, /) -> Floats:
        """Whole hops of what was heard and of what was played: as many samples without echo, LAG late."""


class Opinion(NamedTuple):
    voice: bool = False
    suspected: bool = False


UNASKED = Opinion()


class SecondOpinion:
    """`confirmer`: tells a voice in what the network leaves."""

    def __init__(self, network: EchoNetwork, confirmer: Confirmer) -> None:
        self._network, self._confirmer = network, confirmer
        self._before: deque[tuple[Floats, Floats]] = deque(maxlen=LOOK_BACK)
        self._waiting: deque[tuple[Floats, Floats]] = deque()
        self._awake = 0  # frames that are left

    @property
    def is_awake(self) -> bool:
        return self._awake > 0

    def rest(self) -> None:
        """What follows does not belong to what was heard until now."""
        self._before.clear()
        self._awake = 0

    def feed(self, near: Floats, far: Floats, *, doubted: bool) -> Opinion:
        """The next frame of what is heard and of what was played, of full scale 1."""
        if doubted and not self._awake:
            self._wake_up()
        self._awake = PATIENCE if doubted else max(0, self._awake - 1)
        self._before.append((near, far))
        if not self._awake:
            return UNASKED
        self._waiting.append((near, far))
        return Opinion(self._listen(), self._likely)

    def _wake_up(self) -> None:
        self._network.reset()
        self._confirmer.resume()
        self._waiting.clear()
        self._waiting.extend(self._before)
        self._rest = np.zeros((2, 0), np.float32)  # of a hop
        self._sure = 0  # chunks in a row
        self._likely = False

    def _listen(self) -> bool:
        """Whether a voice is believed; then it has to be sure again."""
        frames = [self._waiting.popleft() for _ in range(min(AT_ONCE, len(self._waiting)))]
        signals = np.concatenate([self._rest, *(np.stack(frame) for frame in frames)], axis=1)
        whole = signals.shape[1] // HOP * HOP
        self._rest = signals[:, whole:]
        voice = False
        for probability in self._confirmer.feed([pcm(self._network.process(*signals[:, :whole]))])[0]:
            self._sure = self._sure + 1 if probability > SURE else 0
            self._likely = probability > LIKELY
            if self._sure >= CONFIRMED:
                voice, self._sure = True, 0
        return voice
