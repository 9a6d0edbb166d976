"""Whether a voice that opened the gate while the speaker sounded was one: a person goes on when it has stopped,
an echo does not."""

from __future__ import annotations

from ...vocabulary.sound import FRAME_MS

FADING = 120 // FRAME_MS  # frames in which the echo of the end may still count as a voice
SPOKEN = 2  # frames of a voice, at least


class BreakIn:
    def __init__(self) -> None:
        self._over_speaker = False
        self._silent = self._spoken = 0

    def opened(self, *, over_speaker: bool) -> None:
        """The gate has opened."""
        self._over_speaker = over_speaker
        self._silent = self._spoken = 0

    def feed(self, *, voiced: int, sounding: bool) -> None:
        """A frame with the gate open; `voiced`: frames that turned out to be a voice. `sounding`: the speaker."""
        self._silent = 0 if sounding else self._silent + 1
        if self._silent > FADING:
            self._spoken += voiced

    def was_echo(self) -> bool | None:
        """The gate has closed; None: the speaker was silent when it opened."""
        return self._spoken < SPOKEN if self._over_speaker else None
