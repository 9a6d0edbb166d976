"""What the audio process leaves behind if it dies: how much was heard, and its counters.

Shared memory. The audio process writes it at every frame that sounds, and the counters at some others; its parent
reads the counters when somebody asks, and what was heard when the process is gone. So an answer is cut off at the
right place even after a crash.
"""

from __future__ import annotations

import mmap
import os
import struct
from typing import NamedTuple

from ...vocabulary.events import Heard

COUNTERS = struct.Struct("<QIIIff??QI")
SLOT = struct.Struct("<II")  # sequence, length
SLOT_BYTES = 512
SIZE = 64 + 2 * SLOT_BYTES
MOST_ITEMS = 4  # playing at once; ids are short


class Counters(NamedTuple):
    frames: int = 0  # 20 ms each
    overruns: int = 0  # microphone sound that was lost
    underruns: int = 0  # the speaker ran dry
    latency_ms: int = 0  # of the speaker
    level_db: float = -90.0  # of the microphone, relative to full scale
    erle_db: float = 0.0  # what the echo canceller takes away
    full_duplex: bool = True
    playing: bool = False  # an answer sounds
    played_ms: int = 0  # of answers, ever
    tries: int = 0  # to open the devices


class BlackBox:
    """`fd`: of a box that another process has made; None: a new one."""

    def __init__(self, fd: int | None = None) -> None:
        self.fd = os.memfd_create("edge-agent-blackbox") if fd is None else fd
        if fd is None:
            os.ftruncate(self.fd, SIZE)
        self._memory = mmap.mmap(self.fd, SIZE)
        self._sequence = 0

    def count(self, counters: Counters) -> None:
        COUNTERS.pack_into(self._memory, 0, *counters)

    @property
    def counters(self) -> Counters:
        return Counters(*COUNTERS.unpack_from(self._memory, 0))

    def note(self, heard: tuple[Heard, ...]) -> None:
        """What was heard until now. In turns into two slots: one of them is always whole."""
        lines = "\n".join(f"{item.heard_ms} {item.item_id}" for item in heard[-MOST_ITEMS:])
        data = lines.encode()[: SLOT_BYTES - SLOT.size]
        self._sequence += 1
        at = 64 + self._sequence % 2 * SLOT_BYTES
        SLOT.pack_into(self._memory, at, 0, 0)
        self._memory[at + SLOT.size : at + SLOT.size + len(data)] = data
        SLOT.pack_into(self._memory, at, self._sequence, len(data))

    @property
    def heard(self) -> tuple[Heard, ...]:
        slots = [(*SLOT.unpack_from(self._memory, at), at) for at in (64, 64 + SLOT_BYTES)]
        _, length, at = max(slots)
        lines = self._memory[at + SLOT.size : at + SLOT.size + length].decode().splitlines()
        return tuple(Heard(item_id, int(ms)) for ms, _, item_id in (line.partition(" ") for line in lines))

    def close(self) -> None:
        if self.fd >= 0:
            self._memory.close()
            os.close(self.fd)
            self.fd = -1
