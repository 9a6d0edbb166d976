"""What is known of the room and the speaker in it, beside what the canceller keeps: it outlives a process."""

from __future__ import annotations

from typing import NamedTuple


class Learned(NamedTuple):
    full_duplex: bool | None = None
    relapses: int = 0  # times that full duplex had to be given up
    late_ms: int = 0  # of the speaker, beyond what it says; 0 is not known either
    background_db: float = 0.0  # over one unit of s16; 0: not known
