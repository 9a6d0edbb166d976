"""Hears the wake words: in what the microphone hears, and not in what the device says itself.

The same models listen to the microphone (to what the echo canceller leaves of it, while the speaker sounds) and to what
is played. A word that the device has just said is not a call, however well its echo is heard. While nothing stands out
of the background, the models sleep: a quiet room costs next to nothing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from enum import Enum
from typing import Protocol

from ..vocabulary.frozen import frozen
from ..vocabulary.sound import FRAME_MS, MIC_RATE_HZ, SERVICE_RATE_HZ, MicPcm, ServicePcm, is_silent
from .gate import MEMORY, SUSPECT_DB, NoiseFloor
from .resample import Resampler

SUSPECT = 0.05  # score from which each frame counts
OWN_SHARE = 0.5  # of what makes a call, in what is played: a room may make the word clearer
OWN = 1500 // FRAME_MS  # frames after its own word in which it may still hear that, from a late speaker
OWN_TAIL = 1500 // FRAME_MS  # frames after the speaker in which its own words are still looked for
LOOK_BACK = 500 // FRAME_MS  # frames that the models hear from before something stood out
AWAKE = 1000 // FRAME_MS  # frames that they go on after it
SOFTEST_DB = 10.0  # softer than what is a voice for the gate, and still worth listening to
LAG = 240 // FRAME_MS  # frames from the end of a word until it is known, at most (docs/wake-word.md)
WORD = 1500 // FRAME_MS  # frames that a word lasts, at most


class WakeScorer(Protocol):
    """The engine: some words in one stream of sound."""

    def score(self, pcm: MicPcm, /) -> list[float]:
        """How sure it is that each word has just ended, 0 to 1: the most of what these whole frames complete."""

    def reset(self) -> None:
        """The next frame does not follow the last one."""


@frozen
class ListenedFor:
    """`cutoff`: the score that makes it a call. `stops`: it only stops what the device says."""

    name: str
    cutoff: float
    stops: bool = False


@frozen
class WakeHit:
    """`own`: the device has said it."""

    word: ListenedFor
    score: float
    own: bool


class Hearing(Enum):
    """A word counts once: it is armed again when its score has fallen."""

    ARMED = "armed"
    SPENT = "spent"


class WakeEar:
    def __init__(self, words: Sequence[ListenedFor], microphone: WakeScorer, speaker: WakeScorer) -> None:
        self._words = words
        self._microphone, self._speaker = microphone, speaker
        self._to_mic = Resampler(SERVICE_RATE_HZ, MIC_RATE_HZ)
        self._hearing = [Hearing.ARMED for _ in words]
        self._own = [0 for _ in words]  # frames in which its echo may be heard
        self._silent = OWN_TAIL  # frames of the speaker
        self._floor = NoiseFloor(SUSPECT_DB)
        self._before: deque[MicPcm] = deque(maxlen=LOOK_BACK)  # what nobody has listened to
        self._awake = MEMORY  # frames more; until the background is known
        self.suspects = False  # a word may be about to end

    def forget(self) -> None:
        """What was heard until now is of no matter."""
        self._microphone.reset()
        self._before.clear()
        self._hearing = [Hearing.ARMED for _ in self._words]
        self.suspects = False

    def hear(self, mic: MicPcm, played: ServicePcm) -> WakeHit | None:
        """The next frame of the microphone, and what the speaker played in it."""
        self._hear_speaker(played)
        before = b""
        if self._floor.exceeded_by(mic, SOFTEST_DB):
            before = b"".join(self._before)
            self._before.clear()
            self._awake = max(self._awake, AWAKE)
        elif not self._awake:
            self._before.append(mic)
            self.suspects = False
            return None
        self._awake -= 1
        scores = self._microphone.score(before + mic)
        self.suspects = max(scores) >= SUSPECT
        hits = [hit for at, score in enumerate(scores) if (hit := self._judge(at, score))]
        return max(hits, key=lambda hit: hit.score - hit.word.cutoff, default=None)

    def _hear_speaker(self, played: ServicePcm) -> None:
        self._own = [max(0, left - 1) for left in self._own]
        silent = is_silent(played)
        if silent and self._silent >= OWN_TAIL:
            return
        if self._silent >= OWN_TAIL:
            self._speaker.reset()
            self._to_mic.reset()
        self._silent = self._silent + 1 if silent else 0
        for at, score in enumerate(self._speaker.score(self._to_mic.process(played))):
            if score > self._words[at].cutoff * OWN_SHARE:
                self._own[at] = OWN

    def _judge(self, at: int, score: float) -> WakeHit | None:
        word = self._words[at]
        if score <= word.cutoff:
            if score < SUSPECT:
                self._hearing[at] = Hearing.ARMED
            return None
        if self._hearing[at] is Hearing.SPENT:
            return None
        self._hearing[at] = Hearing.SPENT
        return WakeHit(word, score, own=self._own[at] > 0)
