"""Whether the device lives: what a user would notice is what must move. Pure.

A timer that feeds the watchdog proves that there is a timer. So each look at the device takes signs of it, and each
sign that must change has to change in its time: frames of sound, the position of an answer that sounds, the inbox,
the deadline of a turn; and where a device is missing, the tries to find it.
"""

from __future__ import annotations

from enum import Enum

from ..vocabulary.frozen import frozen


class MovingPart(Enum):
    """What of the device can stop, and what a technician reads then."""

    SOUND = "the audio has stalled"
    SEARCH = "the search for missing sound devices has stopped"
    PLAYBACK = "the playback of an answer has stalled"
    INBOX = "events are not being processed"
    TURN = "a turn is past its deadline"


LONGEST_STILL_S = {
    MovingPart.SOUND: 2.0,
    MovingPart.SEARCH: 20.0,
    MovingPart.PLAYBACK: 2.0,
    MovingPart.INBOX: 2.0,
    MovingPart.TURN: 2.0,
}


@frozen
class Signs:
    """A look at the device, all counts since its start.

    `sounds`: the devices are open, as far as anybody knows; not: they are looked for, so many `tries`. `playing`: an
    answer sounds now. `waiting`: events are in the inbox, seen from outside of it; `handled`: so many were taken
    out. `deadline`: of the conversation, in the clock of `now`.
    """

    now: float
    sounds: bool
    frames: int = 0
    tries: int = 0
    playing: bool = False
    played_ms: int = 0
    waiting: bool = False
    handled: int = 0
    deadline: float | None = None

    def of(self, organ: MovingPart) -> float | None:
        """What must change; None: nothing has to."""
        match organ:
            case MovingPart.SOUND:
                return self.frames if self.sounds else None
            case MovingPart.SEARCH:
                return None if self.sounds else self.tries
            case MovingPart.PLAYBACK:
                return self.played_ms if self.sounds and self.playing else None
            case MovingPart.INBOX:
                return self.handled if self.waiting else None
        return self.deadline if self.deadline is not None and self.now > self.deadline else None


class Vitals:
    def __init__(self) -> None:
        self._seen: dict[MovingPart, tuple[float | None, float]] = {}  # the sign, and since when it is so

    def look(self, signs: Signs) -> list[MovingPart]:
        """What has stopped; empty: all is well."""
        for organ in MovingPart:
            sign = signs.of(organ)
            if organ not in self._seen or self._seen[organ][0] != sign:
                self._seen[organ] = sign, signs.now
        return [
            organ
            for organ, (sign, since) in self._seen.items()
            if sign is not None and signs.now - since >= LONGEST_STILL_S[organ]
        ]
