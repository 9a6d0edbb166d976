"""Short sounds (earcons) over whatever the speaker plays. They never count as heard."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..vocabulary.commands import Cue
from ..vocabulary.sound import BYTES_PER_SAMPLE, SERVICE_BYTES_PER_MS, ServicePcm
from .fades import fade_out

FADE = 10 * SERVICE_BYTES_PER_MS  # of one that another cuts off


class CuePlayer:
    def __init__(self, sounds: Mapping[Cue, ServicePcm]) -> None:
        self._sounds = sounds
        self._left: ServicePcm = b""
        self._begun = False  # some of it was played

    @property
    def sounding(self) -> bool:
        return bool(self._left)

    def sound(self, cue: Cue) -> ServicePcm:
        return self._sounds.get(cue, b"")

    def start(self, cue: Cue) -> None:
        """Play a cue from its beginning; one that still sounds dies away under it."""
        self.play(self.sound(cue))

    def play(self, pcm: ServicePcm) -> None:
        """Like a cue."""
        cut_off = fade_out(self._left[:FADE]) if self._begun else b""
        self._left = pcm.ljust(len(cut_off), b"\0")
        self._begun = False
        if cut_off:
            self._left = mixed(self._left[: len(cut_off)], cut_off) + self._left[len(cut_off) :]

    def stop(self) -> None:
        self._left = b""

    def mix(self, pcm: ServicePcm) -> ServicePcm:
        """Adds as much of the cue, if one sounds."""
        if not self._left:
            return pcm
        cue, self._left = self._left[: len(pcm)], self._left[len(pcm) :]
        self._begun = bool(self._left)
        return mixed(pcm, cue)


def mixed(pcm: ServicePcm, over: ServicePcm) -> ServicePcm:
    """Both together. `over` is no longer than `pcm`."""
    total = np.frombuffer(pcm, np.int16).astype(np.int32)
    total[: len(over) // BYTES_PER_SAMPLE] += np.frombuffer(over, np.int16)
    return np.clip(total, -32768, 32767).astype(np.int16).tobytes()
