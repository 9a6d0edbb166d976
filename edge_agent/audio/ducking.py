"""When to lower the speaker because somebody may be breaking in."""

from __future__ import annotations

from .formats import FRAME_MS

EARLY = 3  # frames with a voice
PATIENCE = 400 // FRAME_MS  # frames that a sign is good for


class EarlySign:
    """A voice may have begun: sooner and less sure than the gate."""

    def __init__(self) -> None:
        self._run = 0

    def feed(self, voiced: bool) -> bool:
        self._run = min(EARLY, self._run + 1) if voiced else max(0, self._run - 1)
        return self._run == EARLY


class Ducker:
    """Down at the first sign; up again when nothing has come of the last one."""

    def __init__(self) -> None:
        self._left = 0

    def feed(self, suspected: bool) -> bool:
        """Once a frame, while the device speaks and listens. Says whether to be down."""
        self._left = PATIENCE if suspected else max(0, self._left - 1)
        return self._left > 0

    def reset(self) -> None:
        self._left = 0
