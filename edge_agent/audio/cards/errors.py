"""What goes wrong with sound devices."""

from __future__ import annotations

from ...vocabulary.events import SoundSide


class SoundFailed(Exception):
    """A device is missing or has failed: `part` of the sound, and a sentence that says what and what to do."""

    def __init__(self, part: SoundSide, reason: str) -> None:
        super().__init__(reason)
        self.part, self.reason = part, reason
