"""When to lower the speaker, and when to pause it, because somebody may be breaking in."""

from __future__ import annotations

from ..vocabulary.sound import FRAME_MS

EARLY = 3  # frames with a voice
PATIENCE = 400 // FRAME_MS  # frames that a sign is good for
LASTING = 4  # frames with a sign
LONGEST_PAUSE = 500 // FRAME_MS  # frames, for one doubt


class EarlySign:
    """A voice may have begun: sooner and less sure than the gate."""

    def __init__(self) -> None:
        self._run = 0

    @property
    def alert(self) -> bool:
        """It has heard something."""
        return self._run > 0

    def feed(self, voiced: bool) -> bool:
        self._run = min(EARLY, self._run + 1) if voiced else max(0, self._run - 1)
        return self._run == EARLY


class Ducker:
    """Down at the first sign, and silent if it lasts, until the gate has decided; up again when nothing has come
    of it. What is paused is not lost: see `Playback.pause`."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.down = self.silent = False
        self._left = self._signs = self._paused = 0

    def feed(self, sign: bool, *, is_open: bool = False) -> None:
        """Once a frame, while the device speaks and listens. `is_open`: the gate."""
        self._left = PATIENCE if sign or is_open else max(0, self._left - 1)
        if not self._left:
            self.reset()
            return
        self.down = True
        self._signs = min(2 * LASTING, self._signs + 1) if sign else max(0, self._signs - 1)
        self.silent = self._paused < LONGEST_PAUSE and self._signs >= (1 if self.silent else LASTING)
        self._paused += self.silent
