"""Conversations that the device begins, because somebody told it to. Pure."""

from __future__ import annotations

from typing import Literal, TypeAlias

from .frozen import frozen

# started: the microphone is open. failed: no link, no sound, or the day's budget is spent.
OpeningOutcome: TypeAlias = Literal[
    "started",
    "answered",
    "nobody-answered",
    "not-transcribed",
    "interrupted",
    "muted",
    "busy",
    "failed",
    "stopped",
]


@frozen
class OpeningRequested:
    """The microphone is to open, once this `text` was said: by the service, or on this device already (`is_said`);
    empty: at once.

    `wants_words`: it is a question, and whoever asks it wants to know the answer. `answer_s`: how long the first word
    is waited for; 0: as after a press.
    """

    number: int
    text: str = ""
    is_said: bool = False
    wants_words: bool = False
    answer_s: float = 0.0
