"""The voice gate: says when a voice begins and ends. Its clock is the sound itself: it counts frames.

A frame is suspected when a quick detector (webrtcvad, GMM based: WebRTC common_audio/vad) hears a voice in it
and it stands out of the background. A second, better detector (`silero`), if there is one, listens only while
something is suspected, from LOOK_BACK before it, and decides; without it, what is suspected counts as voiced.
The counters leak, so that a click does not open the gate and a pause between words does not close it. While it is open,
frames that cannot close it may wait for each other: the second detector costs a third if it hears them together.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from itertools import islice
from typing import Protocol

from ..vocabulary.sound import FRAME_MS, FULL_SCALE_DB, MIC_RATE_HZ, SILENT_DBFS, MicPcm
from .detector_gain import DetectorGain
from .levels import level, louder
from .patience import FixedPatience, Patience

MARGIN_DB = 6.0  # how far a voice stands out of the background
SUSPECT_DB = 3.0  # the same where a second detector decides
QUIETEST_DB = 22.0  # above one unit of s16: about -68 dBFS
MEMORY = 2000 // FRAME_MS  # frames of background; in so long a time every speaker pauses, and no fan does
ASSUMED = MEMORY // 5  # frames that a background counts for that was not heard
QUIET_SHARE = 0.1  # of them is background even while somebody speaks
LOOK_BACK = 240 // FRAME_MS  # frames that the second detector hears from before
AWAKE = 300 // FRAME_MS  # frames that it stays awake after the last suspicion
SURE, KEPT = 0.7, 0.35  # probability of a voice that opens, and that keeps open
CONFIRMED = 2  # chunks in a row that open
TOGETHER = 200 // FRAME_MS  # frames that may wait for each other, at most
RETURNS = 60 // FRAME_MS  # frames that a voice which may be back has until the second detector is sure of it
SOFT_MS = 240  # beyond `start_ms`: so late the gate opens on a soft beginning (docs/gate.md)


Amplified = tuple[MicPcm, float]  # a frame, and the gain ahead of the detectors in dB


class Edge(Enum):
    OPENED = "opened"
    CLOSED = "closed"


class Confirmer(Protocol):
    def feed(self, frames: Sequence[MicPcm], /) -> list[list[float]]:
        """How probable a voice is, 0 to 1: for each frame, in the chunks that it completes."""

    def resume(self) -> None:
        """The next frame does not follow the last one."""


class NoiseFloor:
    """Tells whether a frame stands out of the background: the quietest tenth of the last two seconds."""

    def __init__(self, margin_db: float = MARGIN_DB) -> None:
        """`level_db`: its own; `loudest_db`: of the frames that it remembers. Before anything was heard, of silence."""
        self._margin_db = margin_db
        self._levels: deque[float] = deque()
        self._sorted: list[float] = []
        self.level_db = self.loudest_db = SILENT_DBFS + FULL_SCALE_DB

    def exceeded_by(self, frame: MicPcm, gain_db: float = 0.0) -> bool:
        """`gain_db`: of the microphone, towards what a voice is at least."""
        level_db = level(frame)
        self._remember(level_db)
        return level_db > self.level_db + self._margin_db and level_db + gain_db > QUIETEST_DB

    def over_noise_db(self, frames: int) -> float:
        """The loudest of the last ones, over the background; a softer one than QUIETEST_DB counts as that."""
        newest = islice(reversed(self._levels), frames)
        return round(max(0.0, max(newest, default=0.0) - max(self.level_db, QUIETEST_DB)), 1)

    def restart(self, frames: Iterable[MicPcm]) -> None:
        """The background is in these, whatever it was before."""
        if levels := [level(frame) for frame in frames]:
            self._levels.clear()
            self._sorted.clear()
            for level_db in levels:
                self._remember(level_db)

    def assume(self, level_db: float) -> None:
        """The background is so, until something else is heard."""
        for _ in range(ASSUMED):
            self._remember(level_db)

    def _remember(self, level_db: float) -> None:
        self._levels.append(level_db)
        insort(self._sorted, level_db)
        count = len(self._levels)
        if count > MEMORY:
            del self._sorted[bisect_left(self._sorted, self._levels.popleft())]
            count = MEMORY
        self.level_db = self._sorted[int(count * QUIET_SHARE)]
        self.loudest_db = self._sorted[-1]


class Second:
    """The second opinion: is it a voice, by the detector that is asked only while something is suspected?"""

    def __init__(self, confirmer: Confirmer) -> None:
        self._confirmer = confirmer
        self._before: deque[MicPcm] = deque(maxlen=LOOK_BACK)
        self.reset()

    def reset(self) -> None:
        self._awake = self._sure = 0
        self._voiced = self.confirmed = False

    def restart(self, before: Iterable[MicPcm]) -> None:
        self._before.clear()
        self._before.extend(before)
        self.reset()

    def feed(self, frames: Sequence[Amplified], *, wanted: bool) -> list[bool]:
        """The next frames, and whether each is a voice. `wanted`: something is suspected, or open."""
        if wanted and not self._awake:
            self._confirmer.resume()
            gain_db = frames[0][1]
            self._listen([(earlier, gain_db) for earlier in self._before])
        self._before.extend(frame for frame, _ in frames)
        self._awake = AWAKE if wanted else max(0, self._awake - len(frames))
        if self._awake:
            return self._listen(frames)
        self.reset()
        return [False] * len(frames)

    def sleeps_on(self, frame: MicPcm) -> bool:
        """The next frame, of which nothing is wanted. False: it is awake, and is to be fed."""
        if not self._awake:
            self._before.append(frame)
        return not self._awake

    def pass_by(self, frame: MicPcm) -> None:
        """The next frame, of which nothing is wanted."""
        self._before.append(frame)
        self.reset()

    def _listen(self, frames: Sequence[Amplified]) -> list[bool]:
        voiced = []
        for probabilities in self._confirmer.feed([louder(frame, gain_db) for frame, gain_db in frames]):
            for probability in probabilities:
                self._sure = self._sure + 1 if probability > SURE else 0
                self._voiced = probability > KEPT
            voiced.append(self._voiced)
        self.confirmed = self._sure >= CONFIRMED
        return voiced


class Gate:
    """Opens on a voice of `start_ms`, closes when it has paused for longer than `patience` allows."""

    def __init__(
        self,
        is_speech: Callable[[MicPcm], bool],
        confirmer: Confirmer | None = None,
        *,
        start_ms: int,
        hangover_ms: int,
        background_db: float = 0.0,
        patience: Patience | None = None,
    ) -> None:
        """`patience`: how long it waits in a pause; None: always `hangover_ms`. `background_db`: of the room, over one
        unit of s16, where that is known; else 0."""
        self._is_speech = is_speech
        self._gain = DetectorGain()
        self._second = Second(confirmer) if confirmer else None
        self._floor = NoiseFloor(SUSPECT_DB if confirmer else MARGIN_DB)
        if background_db:
            self._floor.assume(background_db)
            self._gain.settle(background_db, background_db)
        self._start = max(1, start_ms // FRAME_MS)
        self._patience = patience or FixedPatience(hangover_ms)
        self.reset()

    def reset(self) -> None:
        """Closed, as if nothing had been heard; the background stays."""
        self.is_open = False
        self.suspected = False  # the last frame may be a voice: early, and wrong now and then
        self.voiced = False  # the last frame that was judged is one
        self.voiced_frames = 0  # of those that were judged last
        self._waiting: list[Amplified] = []  # to be judged together
        self._voiced_run = self._quiet_run = 0
        if self._second:
            self._second.reset()

    @property
    def noise_dbfs(self) -> float:
        """The level of the background, as far as it is known."""
        return self._floor.level_db - FULL_SCALE_DB

    def over_noise_db(self, frames: int) -> float:
        """How loud the last ones were over the background, at most."""
        return self._floor.over_noise_db(frames)

    def restart(self, before: Iterable[MicPcm]) -> None:
        """Closed; it was not fed for a while, and these are the frames just before now."""
        frames = tuple(before)
        self._floor.restart(frames)
        self._gain.settle(self._floor.level_db, self._floor.loudest_db)
        if self._second:
            self._second.restart(frames)
        self._patience.restart()
        self.reset()

    def feed(self, frame: MicPcm, *, patient: bool = False) -> Edge | None:
        """Takes 20 ms at 16 kHz; says whether the gate has just opened or closed. `patient`: nobody needs to know
        meanwhile whether frames are voiced. The edges are the same, in the same frames."""
        self.voiced_frames = 0
        stands_out = self._floor.exceeded_by(frame, self._gain.db)
        self._gain.follow(self._floor.level_db, self._floor.loudest_db)
        self.suspected = stands_out and self._is_speech(self._gain.apply(frame))
        busy = self.suspected or self.is_open or self._voiced_run
        if not busy and (self._second is None or self._second.sleeps_on(frame)):
            self._patience.wait(frame)
            return None
        self._waiting.append((frame, self._gain.db))
        waits = patient and self._second and self._undecided > 0
        return None if waits else self._judge()

    def forget(self) -> None:
        """Somebody else may speak next."""
        self._patience.forget()

    def settle(self) -> None:
        """Judge what waits: it is to be closed."""
        self.voiced_frames = 0
        if self._waiting:
            self._judge()

    @property
    def undecided_frames(self) -> int:
        """It can neither open nor close before it was fed so many more."""
        return max(1, self._undecided)

    @property
    def _undecided(self) -> int:
        certain = min(TOGETHER, self._patience.certain(self._quiet_run)) if self.is_open else 1
        return certain - len(self._waiting)

    def _judge(self) -> Edge | None:
        frames, self._waiting = self._waiting, []
        voiced = [self.suspected]
        if self._second:
            voiced = self._second.feed(frames, wanted=self.suspected or self.is_open)
        edge, count = None, 0
        for (frame, _), each in zip(frames, voiced, strict=True):
            self.voiced = each
            edge = self._judge_end(frame) if self.is_open else self._judge_start(frame)
            count += self.voiced
        self.voiced_frames = count
        return edge

    def feed_over_echo(self, frame: MicPcm, *, voice: bool, suspected: bool) -> Edge | None:
        """As `feed`, for a frame with an echo in it, which the detectors here would take for a voice: another one knows
        better whether there is one, and whether one is suspected. How it ends is found out here."""
        if self.is_open:
            return self.feed(frame)
        self._waiting.clear()
        self._patience.wait(frame)
        if voice:
            self._patience.opened()
        self.suspected, self.voiced, self.is_open = suspected, voice, voice
        self.voiced_frames = int(voice)
        self._voiced_run = self._quiet_run = 0
        if self._second:
            self._second.pass_by(frame)
        return Edge.OPENED if voice else None

    def _judge_start(self, frame: MicPcm) -> Edge | None:
        self._patience.wait(frame)
        self._voiced_run = self._voiced_run + 1 if self.suspected else max(0, self._voiced_run - 1)
        if self._voiced_run < self._start or (self._second and not self._second.confirmed):
            return None
        self._quiet_run = 0
        self.is_open = self.voiced = True
        self._patience.opened()
        return Edge.OPENED

    def _judge_end(self, frame: MicPcm) -> Edge | None:
        self._quiet_run = max(0, self._quiet_run - 3) if self.voiced else self._quiet_run + 1
        limit = self._patience.limit(frame, self._quiet_run)
        if self._quiet_run < limit + (RETURNS if self.suspected else 0):
            return None
        self._patience.ended()
        self.reset()
        return Edge.CLOSED


def webrtc_detector(aggressiveness: int) -> Callable[[MicPcm], bool]:
    """webrtcvad at 16 kHz; `aggressiveness` 0 (accepts most sounds as speech) to 3 (fewest)."""
    import webrtcvad

    vad = webrtcvad.Vad(aggressiveness)
    return lambda frame: bool(vad.is_speech(frame, MIC_RATE_HZ))
