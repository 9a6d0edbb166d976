"""The latencies of a run, from its three records: the device's timeline, the service's own, and the sound.

Pure. All times are CLOCK_MONOTONIC in s, results in ms.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from edge_agent.telemetry.records import Record, event_of

LONGEST_S = 2.0  # what comes later belongs to something else
LATE_S = 0.4  # by so much, at most, was sound written late; before an answer it is quiet for longer
OVER_S = 0.9  # after it is interrupted, the next answer has not begun

Latencies = dict[str, list[float]]


@dataclass(frozen=True, slots=True)
class Sound:
    """What was at a card: `loud` are the ms in which there was more than some level."""

    began_at: float
    loud: NDArray[np.intp]
    written: Sequence[tuple[int, int, float]] = ()  # from which ms on, to the last frame's, and when

    @classmethod
    def of(
        cls,
        pcm: bytes,
        bytes_per_ms: int,
        *,
        level: int,
        began_at: float,
        written: Sequence[tuple[int, int, float]] = (),
    ) -> Sound:
        samples = np.frombuffer(pcm[: len(pcm) // bytes_per_ms * bytes_per_ms], np.int16).astype(np.int32)
        peaks = np.abs(samples).reshape(-1, bytes_per_ms // 2).max(axis=1)
        return cls(began_at, np.flatnonzero(peaks > level), written)

    def at_s(self, ms: int) -> float:
        """When this ms sounded. What was written late sounded late."""
        block = bisect_right(self.written, (ms + 1,)) - 1
        late_s = 0.0
        if block >= 0:
            _, last_frame_ms, written_at = self.written[block]
            late_s = max(0.0, written_at - self.began_at - last_frame_ms / 1000)
        return self.began_at + ms / 1000 + late_s

    def ms(self, at_s: float) -> int:
        return int((at_s - self.began_at) * 1000)

    def first(self, from_s: float, to_s: float) -> int | None:
        """The first loud ms in there."""
        found = self.loud[(self.loud >= self.ms(from_s)) & (self.loud < self.ms(to_s))]
        return int(found[0]) if len(found) else None

    def last(self, from_s: float, to_s: float) -> int | None:
        found = self.loud[(self.loud >= self.ms(from_s)) & (self.loud < self.ms(to_s))]
        return int(found[-1]) if len(found) else None


class When:
    """When things of each kind happened, with a number that some have."""

    def __init__(self, things: Iterable[tuple[float, str, int]]) -> None:
        self._times: defaultdict[str, list[float]] = defaultdict(list)
        self._numbers: defaultdict[str, list[int]] = defaultdict(list)
        for at, kind, number in things:
            self._times[kind].append(at)
            self._numbers[kind].append(number)

    @classmethod
    def of_timeline(cls, records: Iterable[Record]) -> When:
        return cls((record.t, event_of(record.fact), 0) for record in records)

    def next(self, kind: str, after_s: float) -> tuple[float, int] | None:
        """The first one from then on, unless it is long after."""
        times = self._times[kind]
        at = bisect_left(times, after_s)
        if at == len(times) or times[at] > after_s + LONGEST_S:
            return None
        return times[at], self._numbers[kind][at]


@dataclass(slots=True)
class Run:
    """Of one device. `fade_ms`: sounds after an interrupted answer, and does not belong to it."""

    timeline: When
    service: When
    speaker: Sound
    full: Sound | None  # the speaker, where it was not lowered; None where its level says nothing about that
    fade_ms: int
    found: Latencies = field(default_factory=dict)

    def pressed(self, what: str, at: float) -> None:
        self._between(f"{what} to first audio sent", at, self.timeline.next("audio_first_sent", at))
        self._between(f"{what} to first audio at the service", at, self.service.next("first_append", at))

    def released(self, at: float) -> None:
        self._between("release to commit sent", at, self.timeline.next("commit_sent", at))
        self._between("release to commit at the service", at, self.service.next("commit", at))

    def spoken(self, end: float, hangover_ms: int | None) -> None:
        """Hands-free: the last sound of an utterance. `hangover_ms`: None if it is not always the same."""
        self._between("end of speech to commit at the service", end, self.service.next("commit", end))
        if hangover_ms is None:
            return
        self._between(
            "end of speech to commit, without the hangover",
            end + hangover_ms / 1000,
            self.service.next("commit", end),
        )

    def asked(self, at: float) -> float | None:
        """The question was put: when its answer began to sound."""
        delta, arrived = self.service.next("first_delta", at), self.timeline.next("first_delta", at)
        if delta is None or arrived is None:
            return None
        first = self.speaker.first(delta[0] - LATE_S, delta[0] + LONGEST_S)
        if first is None:
            return None
        sounds_at = self.speaker.at_s(first)
        self._between("first delta to first sample", arrived[0], (sounds_at, 0))
        return sounds_at

    def interrupted(self, by: str, at: float, sounded_at: float, *, since: float) -> None:
        """An answer that had begun to sound at `sounded_at`. `since`: the first sign; it may have been enough."""
        first = self.speaker.first(sounded_at - LATE_S, at)
        last = self.speaker.last(at - LATE_S, at + OVER_S)
        truncate = self.service.next("truncate", since)
        if last is None or last + 1 >= self.speaker.ms(at + OVER_S):
            return  # it went on
        lowered = self.full.last(since - LATE_S, at + OVER_S) if self.full else None
        if lowered is not None:
            self._between(f"{by} to lowered speaker", since, (self.speaker.at_s(lowered + 1), 0))
        self._between(f"{by} to silent speaker", at, (self.speaker.at_s(last + 1), 0))
        self._between(f"{by} to truncate sent", at, self.timeline.next("interrupted", since))
        self._between(f"{by} to truncate at the service", at, truncate)
        if first is not None and truncate is not None:
            loud = self.speaker.loud
            heard_ms = int(((loud >= first) & (loud <= last)).sum()) - self.fade_ms
            self._add("truncate, error", truncate[1] - heard_ms)

    def _between(self, name: str, since: float, event: tuple[float, int] | None) -> None:
        if event is not None:
            self._add(name, (event[0] - since) * 1000)

    def _add(self, name: str, value: float) -> None:
        self.found.setdefault(name, []).append(value)
