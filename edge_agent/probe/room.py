"""What a quiet room sounds like: noise about 55 dB below full scale. Pure."""

from __future__ import annotations

from array import array
from random import Random

from ..vocabulary.sound import ServicePcm
from .talk import PIECE_BYTES

SOFT = 30.0  # RMS, in units of s16


def quiet_room() -> ServicePcm:
    """100 ms, always the same."""
    random = Random("a quiet room")
    return array("h", [round(random.gauss(0.0, SOFT)) for _ in range(PIECE_BYTES // 2)]).tobytes()
