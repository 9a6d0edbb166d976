"""How each mode looks, wherever it is shown: a light, a terminal, a picture. Pure.

The colours are what they mean, not what they are made of: each medium has its own green.
"""

from __future__ import annotations

from enum import Enum, auto

from .frozen import frozen
from .state import Mode


class Colour(Enum):
    DARK = auto()
    GREEN = auto()
    YELLOW = auto()
    CYAN = auto()
    RED = auto()
    MAGENTA = auto()


@frozen
class Look:
    """`sign`: one character, for people who cannot see the colour."""

    colour: Colour
    sign: str


LOOKS: dict[Mode, Look] = {
    Mode.IDLE: Look(Colour.DARK, "○"),
    Mode.LISTENING: Look(Colour.GREEN, "●"),
    Mode.THINKING: Look(Colour.YELLOW, "◐"),
    Mode.WORKING: Look(Colour.YELLOW, "⚙"),
    Mode.SPEAKING: Look(Colour.CYAN, "♪"),
    Mode.MUTED: Look(Colour.RED, "✕"),
    Mode.OFFLINE: Look(Colour.MAGENTA, "!"),
    Mode.RINGING: Look(Colour.GREEN, "♫"),
    Mode.FAULT: Look(Colour.RED, "⚠"),
}
