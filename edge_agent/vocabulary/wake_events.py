"""Words that the device listens for itself: events, as `events` says."""

from __future__ import annotations

from typing import TypeAlias

from .frozen import frozen


@frozen
class WakeWordHeard:
    """Somebody calls the device by this word of `[[wake]]`. `score`: how sure it is, 0 to 1. `over_noise_db`: how
    loud the word was over the noise of the room."""

    word: str
    score: float
    audio_ms: int
    over_noise_db: float = 0.0


@frozen
class StopWordHeard:
    """Somebody wants it to be quiet."""

    word: str
    score: float
    audio_ms: int


@frozen
class OwnWordHeard:
    """The device itself has said the word: that is not a call."""

    word: str
    score: float
    audio_ms: int
    over_noise_db: float = 0.0


WakeEvent: TypeAlias = WakeWordHeard | StopWordHeard | OwnWordHeard
