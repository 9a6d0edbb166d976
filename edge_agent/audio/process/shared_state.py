"""What the audio process leaves behind if it dies: how much was heard, its counters, and what it learned of the room.

Shared memory. The audio process writes it at every frame that sounds, and the counters at some others; its parent
reads the counters when somebody asks, and what was heard when the process is gone. So an answer is cut off at the
right place even after a crash.
"""

from __future__ import annotations

import mmap
import os
import struct
from collections.abc import Iterator
from typing import NamedTuple

from ...vocabulary.events import Heard
from ...vocabulary.sound import FULL_SCALE_DB, SILENT_DBFS
from ..echo.learned import Learned

COUNTERS = struct.Struct("<QIIIffff??QI")
SLOT = struct.Struct("<II")  # sequence, length
ITEM = struct.Struct("<II")  # ms, length of the id that follows
SLOT_BYTES = 512
SLOTS = 64, 64 + SLOT_BYTES  # where they are
LEARNED = struct.Struct("<bIif")
LEARNED_AT = SLOTS[1] + SLOT_BYTES
ECHO_AT = LEARNED_AT + 64
MOST_LATE_MS = 5000
VERDICTS: dict[int, bool | None] = {0: None, 1: True, -1: False}
MOST_ITEMS = 4  # playing at once


class Counters(NamedTuple):
    frames: int = 0  # 20 ms each
    overruns: int = 0  # microphone sound that was lost
    underruns: int = 0  # the speaker ran dry
    latency_ms: int = 0  # of the speaker
    level_db: float = -90.0  # of the microphone, relative to full scale
    noise_db: float = SILENT_DBFS  # of the room without a voice, as far as it is known
    speaker_db: float = SILENT_DBFS  # of what is played
    erle_db: float = 0.0  # what the echo canceller takes away
    full_duplex: bool = True
    playing: bool = False  # an answer sounds
    played_ms: int = 0  # of answers, ever
    tries: int = 0  # to open the devices


class BlackBox:
    """`fd`: of a box that another process has made; None: a new one. Raises OSError."""

    def __init__(self, fd: int | None = None) -> None:
        self.fd = os.memfd_create("edge-agent-blackbox") if fd is None else fd
        try:
            if fd is None:
                os.ftruncate(self.fd, ECHO_AT)
            self._memory = mmap.mmap(self.fd, ECHO_AT)
        except OSError:
            os.close(self.fd)
            raise
        self._sequence = 0

    def echo(self, size: int) -> memoryview:
        """So many bytes for what the echo canceller remembers. Raises OSError."""
        end = ECHO_AT + size
        os.ftruncate(self.fd, end)
        return memoryview(mmap.mmap(self.fd, end))[ECHO_AT:]

    def count(self, counters: Counters) -> None:
        COUNTERS.pack_into(self._memory, 0, *counters)

    @property
    def counters(self) -> Counters:
        return Counters(*COUNTERS.unpack_from(self._memory, 0))

    def learn(self, learned: Learned) -> None:
        verdict = 0 if learned.full_duplex is None else 1 if learned.full_duplex else -1
        LEARNED.pack_into(
            self._memory, LEARNED_AT, verdict, learned.relapses, learned.late_ms, learned.background_db
        )

    @property
    def learned(self) -> Learned:
        verdict, relapses, late_ms, background_db = LEARNED.unpack_from(self._memory, LEARNED_AT)
        if verdict not in VERDICTS or abs(late_ms) > MOST_LATE_MS or not 0 <= background_db <= FULL_SCALE_DB:
            return Learned()  # a library that has lost its way has written over it
        return Learned(VERDICTS[verdict], relapses, late_ms, background_db)

    def note(self, heard: tuple[Heard, ...]) -> None:
        """What was heard until now, of the last items that there is room for. In turns into two slots: one of them
        is always whole."""
        data = b""
        for item in reversed(heard[-MOST_ITEMS:]):
            item_id = item.item_id.encode("utf-8", "surrogatepass")
            if SLOT.size + len(data) + ITEM.size + len(item_id) > SLOT_BYTES:
                break
            data = ITEM.pack(item.heard_ms, len(item_id)) + item_id + data
        self._sequence += 1
        at = SLOTS[self._sequence % 2]
        SLOT.pack_into(self._memory, at, 0, 0)
        self._memory[at + SLOT.size : at + SLOT.size + len(data)] = data
        SLOT.pack_into(self._memory, at, self._sequence, len(data))

    def forget(self) -> None:
        """Nothing was heard yet by the process that is to come. What was learned holds for it too."""
        self._memory[SLOTS[0] : LEARNED_AT] = bytes(LEARNED_AT - SLOTS[0])

    @property
    def heard(self) -> tuple[Heard, ...]:
        _, length, at = max((*SLOT.unpack_from(self._memory, at), at) for at in SLOTS)
        try:
            return tuple(_items(self._memory[at + SLOT.size : at + SLOT.size + length]))
        except ValueError:  # a library that has lost its way has written over it
            return ()

    def close(self) -> None:
        if self.fd >= 0:
            self._memory.close()
            os.close(self.fd)
            self.fd = -1


def _items(data: bytes) -> Iterator[Heard]:
    at = 0
    while at + ITEM.size <= len(data):
        heard_ms, size = ITEM.unpack_from(data, at)
        at += ITEM.size + size
        yield Heard(data[at - size : at].decode("utf-8", "surrogatepass"), heard_ms)
