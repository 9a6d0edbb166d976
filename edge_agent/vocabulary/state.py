"""What the device is doing, and what it shows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Turn(StrEnum):
    """Whose turn it is."""

    IDLE = "idle"
    LISTENING = "listening"
    THINKING = "thinking"
    SPEAKING = "speaking"


LEGAL: dict[Turn, frozenset[Turn]] = {
    Turn.IDLE: frozenset({Turn.LISTENING, Turn.THINKING}),
    Turn.LISTENING: frozenset({Turn.THINKING, Turn.IDLE}),
    Turn.THINKING: frozenset({Turn.SPEAKING, Turn.IDLE}),
    Turn.SPEAKING: frozenset({Turn.THINKING, Turn.IDLE}),
}


class Mode(StrEnum):
    """What the light shows."""

    IDLE = "idle"
    LISTENING = "listening"
    THINKING = "thinking"
    SPEAKING = "speaking"
    MUTED = "muted"
    OFFLINE = "offline"
    FAULT = "fault"  # it cannot hear or speak


@dataclass(frozen=True, slots=True)
class State:
    turn: Turn = Turn.IDLE
    muted: bool = False
    online: bool = False
    standby: bool = False  # offline because nobody talks, and not for long once somebody does
    volume: int = 100  # %
    lost: str = ""  # the part of the sound that is gone

    @property
    def mode(self) -> Mode:
        """A total function of the state, stored nowhere."""
        if self.lost:
            return Mode.FAULT
        if self.turn in (Turn.LISTENING, Turn.SPEAKING):
            return Mode(self.turn.value)
        if not (self.online or self.standby):
            return Mode.OFFLINE
        if self.turn is Turn.IDLE and self.muted:
            return Mode.MUTED
        return Mode(self.turn.value)
