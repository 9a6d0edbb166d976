"""Short sounds (earcons) over whatever the speaker plays. They never count as heard."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..vocabulary.commands import Cue
from ..vocabulary.sound import ServicePcm


class CuePlayer:
    def __init__(self, sounds: Mapping[Cue, ServicePcm]) -> None:
        self._sounds = sounds
        self._left: ServicePcm = b""

    @property
    def sounding(self) -> bool:
        return bool(self._left)

    def start(self, cue: Cue) -> None:
        """Play a cue from its beginning; one that still sounds is cut off."""
        self._left = self._sounds.get(cue, b"")

    def stop(self) -> None:
        self._left = b""

    def mix(self, pcm: ServicePcm) -> ServicePcm:
        """Adds as much of the cue, if one sounds."""
        if not self._left:
            return pcm
        cue, self._left = self._left[: len(pcm)], self._left[len(pcm) :]
        total = np.frombuffer(pcm, np.int16).astype(np.int32)
        total += np.frombuffer(cue.ljust(len(pcm), b"\0"), np.int16)
        return np.clip(total, -32768, 32767).astype(np.int16).tobytes()
