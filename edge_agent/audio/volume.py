"""How loud the speaker is: a gain with a ramp, so that no change clicks."""

from __future__ import annotations

import numpy as np

from ..vocabulary.sound import ServicePcm

QUIETEST_DB = -40.0  # of 1 %; 0 % is silence
DUCK_DB = -15.0  # while somebody may be breaking in


class Volume:
    """`apply` all that goes to the speaker; each change takes the length of what is given next."""

    def __init__(self, percent: int = 100) -> None:
        self._percent = percent
        self._ducked = False
        self._gain = self._target = gain(percent)

    def set(self, percent: int, *, at_once: bool = False) -> None:
        """`at_once`: nothing sounds that could click."""
        self._percent = percent
        self._aim()
        if at_once:
            self._gain = self._target

    def duck(self, on: bool) -> None:
        """Softer for now, or as before."""
        if on != self._ducked:
            self._ducked = on
            self._aim()

    def apply(self, pcm: ServicePcm) -> ServicePcm:
        began, self._gain = self._gain, self._target
        if began == self._gain == 1.0:
            return pcm
        samples = np.frombuffer(pcm, np.int16)
        ramp = np.linspace(began, self._gain, len(samples) if began != self._gain else 1, dtype=np.float32)
        return bytes(np.rint(samples * ramp).astype(np.int16).tobytes())

    def _aim(self) -> None:
        self._target = gain(self._percent) * (10 ** (DUCK_DB / 20) if self._ducked else 1.0)


def gain(percent: int) -> float:
    """Even steps to the ear: linear in dB from 1 to 100 %."""
    return 10 ** (QUIETEST_DB * (100 - percent) / 99 / 20) if percent > 0 else 0.0
