"""Words that the device listens for itself: events, as `events` says."""

from __future__ import annotations

from typing import TypeAlias

from .frozen import frozen


@frozen
class WakeWordHeard:
    """Somebody calls the device by this word of `[[wake]]`. `score`: how sure it is, 0 to 1."""

    word: str
    score: float
    audio_ms: int


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


WakeEvent: TypeAlias = WakeWordHeard | StopWordHeard | OwnWordHeard
