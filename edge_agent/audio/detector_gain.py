"""The gain ahead of the voice detectors: they take a soft voice for none, however quiet the room.

A bare MEMS microphone hears a person across the room at -50 to -60 dBFS; webrtcvad finds 2 % of the words at -58 dBFS,
and all of them at -38 (docs/gate.md). So the background is brought up to where the detectors know it. It rises
slowly, and what is sent to the service does not pass through it.
"""

from __future__ import annotations

from ..vocabulary.sound import FULL_SCALE_DB, MicPcm
from .levels import louder

BACKGROUND_DB = FULL_SCALE_DB - 52.0  # where the background is brought to
LOUDEST_DB = FULL_SCALE_DB - 12.0  # above which no frame is brought: it would be cut off
MOST_DB = 30.0
RISE_DB = 0.2  # a frame; it falls at once


class DetectorGain:
    """`db` is what to add, 0 to MOST_DB. Levels are in dB over one unit of s16; `wanted_db`: of the background."""

    def __init__(self, wanted_db: float = BACKGROUND_DB) -> None:
        self._wanted_db = wanted_db
        self.db = 0.0

    def follow(self, background_db: float, loudest_db: float) -> None:
        """Once a frame: the level of the background, and of the loudest frame of the last seconds."""
        risen = self.db + RISE_DB
        self.db = max(0.0, min(risen, MOST_DB, self._wanted_db - background_db, LOUDEST_DB - loudest_db))

    def settle(self, background_db: float, loudest_db: float) -> None:
        """The background is known at once."""
        self.db = MOST_DB
        self.follow(background_db, loudest_db)

    def apply(self, frame: MicPcm) -> MicPcm:
        return louder(frame, self.db)
