"""What goes wrong with sound devices."""

from __future__ import annotations

from ...vocabulary.events import SoundSide


class SoundFailed(Exception):
    """A device is missing or has failed: `part` of the sound, and a sentence that says what and what to do."""

    def __init__(self, part: SoundSide, reason: str) -> None:
        super().__init__(reason)
        self.part, self.reason = part, reason


def no_such_channel(device: str, channel: int, channels: int) -> str:
    """`channel`: the one that is wanted; `channels`: that there are."""
    there = "one channel" if channels == 1 else f"{channels} channels"
    choice = " or ".join("012"[:channels]) if channels < 4 else f"one of 0 to {channels - 1}"
    return f"{device!r} has {there}, so there is no channel {channel}; set audio.mic_channel to {choice}"
