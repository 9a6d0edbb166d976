"""What the device is doing, and what it shows."""

from __future__ import annotations

from enum import StrEnum

from .frozen import frozen


class Turn(StrEnum):
    """Whose turn it is."""

    IDLE = "idle"
    LISTENING = "listening"
    THINKING = "thinking"
    SPEAKING = "speaking"


# what may follow on each, and what leads there
LEGAL: dict[Turn, dict[Turn, str]] = {
    Turn.IDLE: {
        Turn.LISTENING: "button, voice or wake word",
        Turn.THINKING: "text, or the service speaks first",
    },
    Turn.LISTENING: {
        Turn.THINKING: "all is said",
        Turn.IDLE: "nothing was said, or it ended",
    },
    Turn.THINKING: {
        Turn.SPEAKING: "first sound of the answer",
        Turn.IDLE: "no answer, or it ended",
    },
    Turn.SPEAKING: {
        Turn.THINKING: "more is to come, or is asked again",
        Turn.IDLE: "heard to the end, or it ended",
    },
}


class Mode(StrEnum):
    """What the light shows."""

    IDLE = "idle"
    LISTENING = "listening"
    THINKING = "thinking"
    WORKING = "working"  # a tool is at work for the answer
    SPEAKING = "speaking"
    MUTED = "muted"
    OFFLINE = "offline"
    RINGING = "ringing"
    FAULT = "fault"  # it cannot hear or speak


@frozen
class State:
    turn: Turn = Turn.IDLE
    muted: bool = False
    online: bool = False
    standby: bool = False  # offline because nobody talks, and not for long once somebody does
    volume: int = 100  # %
    lost: str = ""  # the part of the sound that is gone
    ringing: bool = False
    announcing: bool = False
    working: bool = False  # a tool is at work, and the answer waits for it

    @property
    def mode(self) -> Mode:
        """A total function of the state, stored nowhere."""
        if self.lost:
            return Mode.FAULT
        if self.ringing:
            return Mode.RINGING
        if self.turn in (Turn.LISTENING, Turn.SPEAKING):
            return Mode(self.turn.value)
        if self.announcing:
            return Mode.SPEAKING
        if not (self.online or self.standby):
            return Mode.OFFLINE
        if self.turn is Turn.IDLE and self.muted:
            return Mode.MUTED
        if self.turn is Turn.THINKING and self.working:
            return Mode.WORKING
        return Mode(self.turn.value)
