"""The clock of a session: the sound that was appended, a step at a time; and what was appended. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from ...vocabulary.sound import SERVICE_BYTES_PER_MS, ServicePcm, is_silent, service_ms

STEP_MS = 100
GRACE_MS = 3000  # the clock goes on for so long without sound, and then stands still
STEP_BYTES = STEP_MS * SERVICE_BYTES_PER_MS


@dataclass(slots=True)
class Appended:
    """What a client has appended. `longest_gap_ms` between two appends, `most_ahead_ms` of the time since the first.
    `sounding_while_muted_ms`: of sound that was not silence."""

    sound_ms: int = 0
    silence_ms: int = 0
    longest_gap_ms: int = 0
    most_ahead_ms: int = 0
    sounding_while_muted_ms: int = 0
    _began: float | None = None
    _last: float = 0.0

    def add(self, pcm: ServicePcm, now: float, *, muted: bool) -> None:
        ms, silent = service_ms(pcm), is_silent(pcm)
        if self._began is None:
            self._began = self._last = now
        self.longest_gap_ms = max(self.longest_gap_ms, round((now - self._last) * 1000))
        self._last = now
        self.silence_ms += ms * silent
        self.sound_ms += ms * (not silent)
        self.sounding_while_muted_ms += ms * (muted and not silent)
        ahead_ms = self.sound_ms + self.silence_ms - round((now - self._began) * 1000)
        self.most_ahead_ms = max(self.most_ahead_ms, ahead_ms)


class LiveClock:
    """Takes sound as it comes, and hands it out a step at a time, with silence where there is none."""

    def __init__(self) -> None:
        self._waiting = bytearray()
        self._unfed_ms = 0
        self.position_ms = 0
        self.began = False

    @property
    def is_frozen(self) -> bool:
        return not self.began or self._unfed_ms >= GRACE_MS

    @property
    def has_step(self) -> bool:
        """Whether sound for a whole one waits."""
        return len(self._waiting) >= STEP_BYTES

    def append(self, pcm: ServicePcm) -> None:
        self._waiting += pcm
        self.began, self._unfed_ms = True, 0

    def step(self) -> ServicePcm:
        """The next 100 ms."""
        taken = bytes(self._waiting[:STEP_BYTES])
        del self._waiting[:STEP_BYTES]
        if len(taken) < STEP_BYTES:
            self._unfed_ms += STEP_MS
        self.position_ms += STEP_MS
        return taken.ljust(STEP_BYTES, b"\0")
