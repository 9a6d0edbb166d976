"""What a session is sent that listens while it speaks. A part of `commands`. Pure."""

from __future__ import annotations

from typing import Literal, TypeAlias

from .frozen import frozen


@frozen
class AppendSilence:
    """So that the clock of the session goes on."""

    ms: int


@frozen
class MuteInput:
    """Tells the model why it hears nothing. What waits to be sent is not sent."""

    muted: bool


@frozen
class Tell:
    """instructions: it obeys from now on. thinking: it knows. commentary: it says that, in its own words.
    `delegation_id`: of the work that this is the result of."""

    channel: Literal["instructions", "thinking", "commentary"]
    text: str
    delegation_id: str | None = None


@frozen
class ContinueWork:
    """All that the model that works has called has its output: it goes on."""


LiveCommand: TypeAlias = AppendSilence | MuteInput | Tell | ContinueWork
