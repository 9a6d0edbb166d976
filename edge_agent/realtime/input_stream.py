"""What a session is sent whose clock is the sound that it gets: sound as it comes, and silence where there is none.
Pure.

Sound may go ahead of the time that has passed by a little, silence never: so what came late is made up for where
nobody talks. What is further ahead waits: nobody knows whether the service takes a burst as it comes.
"""

from __future__ import annotations

from ..vocabulary.commands import AppendAudio, AppendSilence
from ..vocabulary.sound import SERVICE_BYTES_PER_MS, UplinkPcm

PIECE_MS = 100
AHEAD_MS = 400  # about what the gate keeps of the time before it opens
PIECE_BYTES = PIECE_MS * SERVICE_BYTES_PER_MS


class InputStream:
    """Times in s, on one clock. `began`: of the session."""

    def __init__(self, began: float) -> None:
        self._began = began
        self._sent_ms = 0
        self._waiting = bytearray()

    @property
    def next_at(self) -> float:
        """When something is due, if nothing comes."""
        ahead_ms = AHEAD_MS if len(self._waiting) >= PIECE_BYTES else 0
        return self._began + (self._sent_ms + PIECE_MS - ahead_ms) / 1000

    @property
    def waiting_ms(self) -> int:
        """Of sound that has not left."""
        return len(self._waiting) // SERVICE_BYTES_PER_MS

    def add(self, pcm: UplinkPcm) -> None:
        self._waiting += pcm

    def drop(self) -> None:
        """What waits does not leave."""
        self._waiting.clear()

    def due(self, now: float) -> list[AppendAudio | AppendSilence]:
        """What is to be sent by now. What is less than a piece waits for more, or goes with silence behind it."""
        passed_ms = round((now - self._began) * 1000)
        pieces: list[AppendAudio | AppendSilence] = []
        while len(self._waiting) >= PIECE_BYTES and self._sent_ms + PIECE_MS <= passed_ms + AHEAD_MS:
            pieces.append(AppendAudio(self._take()))
        while self._sent_ms + PIECE_MS <= passed_ms:
            pieces.append(AppendAudio(self._take()) if self._waiting else self._silence())
        return pieces

    def _take(self) -> UplinkPcm:
        piece = bytes(self._waiting[:PIECE_BYTES]).ljust(PIECE_BYTES, b"\0")
        del self._waiting[:PIECE_BYTES]
        self._sent_ms += PIECE_MS
        return piece

    def _silence(self) -> AppendSilence:
        self._sent_ms += PIECE_MS
        return AppendSilence(PIECE_MS)
