"""Hears the wake words: in what the microphone hears, and not in what the device says itself.

The same models listen to the microphone (to what the echo canceller leaves of it, while the speaker sounds) and to what
is played. A word that the device has just said is not a call, however well its echo is heard. While nothing stands out
of the background, the models sleep: a quiet room costs next to nothing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Protocol

from ..vocabulary.frozen import frozen
from ..vocabulary.sound import (
    FRAME_MS,
    FULL_SCALE_DB,
    MIC_RATE_HZ,
    SERVICE_RATE_HZ,
    MicPcm,
    ServicePcm,
    is_silent,
)
from .detector_gain import DetectorGain
from .gate import MEMORY, SUSPECT_DB, NoiseFloor
from .resample import Resampler

SUSPECT = 0.05  # score from which each frame counts
OWN_SHARE = 0.5  # of what makes a call, in what is played: a room may make the word clearer
OWN = 1500 // FRAME_MS  # frames after its own word in which it may still hear that, from a late speaker
OWN_TAIL = 1500 // FRAME_MS  # frames after the speaker in which its own words are still looked for
LOOK_BACK = 500 // FRAME_MS  # frames that the models hear from before something stood out
AWAKE = 1000 // FRAME_MS  # frames that they go on after it
SOFTEST_DB = 10.0  # softer than what is a voice for the gate, and still worth listening to
# where a softer one is brought to, and the voices with it (docs/wake-word.md)
BACKGROUND_DB = FULL_SCALE_DB - 66.0
LAG = 240 // FRAME_MS  # frames from the end of a word until it is known, at most (docs/wake-word.md)
SPOKEN = 1000 // FRAME_MS  # frames of a word that has just ended, and of little before it
WORD = 1500 // FRAME_MS  # frames that a word lasts, at most


class WakeScorer(Protocol):
    """The engine: some words in one stream of sound."""

    def score(self, pcm: MicPcm, /) -> list[float]:
        """How sure it is that each word has just ended, 0 to 1: the most of what these whole frames complete."""

    def reset(self) -> None:
        """The next frame does not follow the last one."""


@frozen
class ListenedFor:
    """`cutoff`: the score that makes it a call, once it has been higher for `hold_ms`. `stops`: it only stops what the
    device says."""

    name: str
    cutoff: float
    stops: bool = False
    hold_ms: int = 0


@frozen
class WakeHit:
    """`own`: the device has said it."""

    word: ListenedFor
    score: float
    own: bool


class WakeEar:
    def __init__(self, words: Sequence[ListenedFor], microphone: WakeScorer, speaker: WakeScorer) -> None:
        self.words = words
        self._microphone, self._speaker = microphone, speaker
        self._to_mic = Resampler(SERVICE_RATE_HZ, MIC_RATE_HZ)
        self._spent = [False for _ in words]  # a word counts once, until its score has fallen
        self._held_ms = [0 for _ in words]  # that the score was high enough
        self._own = [0 for _ in words]  # frames in which its echo may be heard
        self._silent = OWN_TAIL  # frames of the speaker
        self._floor = NoiseFloor(SUSPECT_DB)
        self._gain = DetectorGain(BACKGROUND_DB)
        self._before: deque[MicPcm] = deque(maxlen=LOOK_BACK)  # what nobody has listened to
        self._awake = MEMORY  # frames more; until the background is known
        self.scores = [0.0 for _ in words]  # of the last frame; 0 while they sleep

    @property
    def suspects(self) -> bool:
        """Whether a word may be about to end."""
        return max(self.scores) >= SUSPECT

    @property
    def over_noise_db(self) -> float:
        """How loud the last word was over the background, at most."""
        return self._floor.over_noise_db(SPOKEN)

    def forget(self) -> None:
        """What was heard until now does not matter."""
        self._microphone.reset()
        self._before.clear()
        self._spent = [False for _ in self.words]
        self._held_ms = [0 for _ in self.words]
        self.scores = [0.0 for _ in self.words]

    def hear(self, mic: MicPcm, played: ServicePcm) -> WakeHit | None:
        """The next frame of the microphone, and what the speaker played in it."""
        self._hear_speaker(played)
        before = b""
        stands_out = self._floor.exceeded_by(mic, SOFTEST_DB)
        self._gain.follow(self._floor.level_db, self._floor.loudest_db)
        if stands_out:
            before = b"".join(self._before)
            self._before.clear()
            self._awake = max(self._awake, AWAKE)
        elif not self._awake:
            self._before.append(mic)
            self.scores = [0.0 for _ in self.words]
            return None
        self._awake -= 1
        self.scores = self._microphone.score(self._gain.apply(before + mic))
        hits = [hit for at, score in enumerate(self.scores) if (hit := self._judge(at, score))]
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
            if score > self.words[at].cutoff * OWN_SHARE:
                self._own[at] = OWN

    def _judge(self, at: int, score: float) -> WakeHit | None:
        word = self.words[at]
        if score <= word.cutoff:
            self._held_ms[at] = 0
            if score < SUSPECT:
                self._spent[at] = False
            return None
        self._held_ms[at] += FRAME_MS
        if self._spent[at] or self._held_ms[at] <= word.hold_ms:
            return None
        self._spent[at] = True
        return WakeHit(word, score, own=self._own[at] > 0)
