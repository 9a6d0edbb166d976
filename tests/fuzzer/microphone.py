"""What there is to hear: sound in which every 20 ms tell when they were, and the runs of voice in it.

The samples of a frame are its number, so whoever gets sound of the microphone knows of when it is.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field

from edge_agent.vocabulary.sound import FRAME_MS, SERVICE_FRAME_BYTES

MOST_FRAMES = 60_000
_MANY = b"".join(number.to_bytes(2, "little") * (SERVICE_FRAME_BYTES // 2) for number in range(12_000))


def sound(first: int, end: int) -> bytes:
    """Frames of the microphone, at the service's rate."""
    if end <= 12_000:
        return _MANY[first * SERVICE_FRAME_BYTES : end * SERVICE_FRAME_BYTES]
    size = SERVICE_FRAME_BYTES // 2
    return b"".join(number.to_bytes(2, "little") * size for number in range(first, min(end, MOST_FRAMES)))


def frames(pcm: bytes) -> list[int]:
    """Which frames of the microphone these are."""
    return memoryview(pcm).cast("H")[:: SERVICE_FRAME_BYTES // 2].tolist()


@dataclass
class Run:
    """Voice without a pause: the smallest thing that can be lost. `first` to before `end`: its frames."""

    name: str
    first: int
    end: int
    recorded: set[int] = field(default_factory=set)

    @property
    def start_ms(self) -> int:
        return self.first * FRAME_MS

    @property
    def end_ms(self) -> int:
        return self.end * FRAME_MS


class Voices:
    """All that was ever said."""

    def __init__(self) -> None:
        self.runs: list[Run] = []
        self._starts: list[int] = []

    def add(self, start_ms: int, end_ms: int) -> Run:
        run = Run(f"w{len(self.runs)}.", start_ms // FRAME_MS, end_ms // FRAME_MS)
        self.runs.append(run)
        self._starts.append(run.first)
        return run

    def at(self, frame: int) -> Run | None:
        place = bisect_right(self._starts, frame) - 1
        return self.runs[place] if place >= 0 and frame < self.runs[place].end else None

    def voiced(self, which: Iterable[int]) -> list[tuple[int, Run]]:
        """Those frames that have voice, and the run of each."""
        return [(frame, run) for frame in which if (run := self.at(frame))]
