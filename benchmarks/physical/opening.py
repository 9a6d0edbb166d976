"""When a sum of logits opens, and how well that was: words heard, false openings, how late."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from numpy.typing import NDArray

from edge_agent.vocabulary.sound import FRAME_MS

MOST = 4.0  # that one frame adds
REST = 600 // FRAME_MS  # frames after an opening in which another one is the same
LATE = 300 // FRAME_MS  # frames after a word's end in which an opening is still its own


@dataclass(frozen=True, slots=True)
class Threshold:
    offset: float
    limit: float


def openings(logits: NDArray[Any], at: Threshold) -> list[int]:
    """The frames in which it opens."""
    total, found, last = 0.0, [], -REST
    for frame, logit in enumerate(logits.tolist()):
        total = max(0.0, total + min(logit - at.offset, MOST))
        if total >= at.limit:
            total = 0.0
            if frame - last > REST:
                found.append(frame)
            last = frame
    return found


@dataclass(slots=True)
class Score:
    words: int = 0
    onsets_ms: list[float] = field(default_factory=list)
    false: int = 0  # with nobody there
    alone_s: float = 0.0
    interruptions: int = 0  # with somebody there, but not while they spoke

    def add(self, other: Score) -> None:
        self.words += other.words
        self.onsets_ms += other.onsets_ms
        self.false += other.false
        self.alone_s += other.alone_s
        self.interruptions += other.interruptions

    @property
    def heard(self) -> float:
        return len(self.onsets_ms) / self.words if self.words else float("nan")

    @property
    def false_a_minute(self) -> float:
        return self.false * 60 / self.alone_s if self.alone_s else float("nan")

    @property
    def worth(self) -> float:
        """1 if all were heard at once; a word that was heard a second late is worth half a word."""
        return (
            sum(max(0.0, 1 - ms / 2000) for ms in self.onsets_ms) / self.words if self.words else float("nan")
        )

    def __str__(self) -> str:
        onsets = sorted(self.onsets_ms) or [float("nan")]
        late_ms = onsets[9 * len(onsets) // 10]
        return (
            f"{len(self.onsets_ms):4}/{self.words:<4} {self.heard:6.1%}  {self.false:3} in {self.alone_s / 60:5.1f} min"
            f" {self.false_a_minute:5.2f}/min  {self.interruptions:3}  {median(onsets):4.0f} {late_ms:4.0f}"
        )


HEAD = f"{'':34} {'words heard':17}  {'false, nobody there':27}  self  onset 50/90 % ms"


def of_words(opened: Iterable[int], starts: Iterable[int], ends: Iterable[int]) -> Score:
    """`opened`, and the words' beginnings and ends, in frames."""
    spans = list(zip(starts, ends, strict=True))
    opened = list(opened)
    score = Score(words=len(spans))
    for start, end in spans:
        during = [frame for frame in opened if start <= frame <= end + LATE]
        if during:
            score.onsets_ms.append((during[0] + 1 - start) * FRAME_MS)
    score.interruptions = sum(
        not any(start - 2 <= frame <= end + LATE for start, end in spans) for frame in opened
    )
    return score


def of_nobody(opened: Iterable[int], frames: int, settled: int = 0) -> Score:
    """`settled`: the frames at the beginning in which no device listens yet: it knows nothing of the room."""
    return Score(
        false=sum(frame >= settled for frame in opened), alone_s=(frames - settled) * FRAME_MS / 1000
    )
