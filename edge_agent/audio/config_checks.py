"""Checks of settings that need this room; the commands pass them to `config.load`."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from ..config import Config
from ..config.rules import Key


def check_sound(config: Config, unsure: Collection[Key] = ()) -> Iterator[tuple[Key, str]]:
    """Like `config.rules.check`: whether silero is installed, and the user's own sounds, file by file."""
    # numpy is slow to import, and few configurations need either
    if config.gate.confirm == "silero" and ("gate", "confirm") not in unsure:
        from .silero import SileroUnavailable, find_model

        try:
            find_model()
        except SileroUnavailable as error:
            yield ("gate", "confirm"), str(error)
    if config.audio.sounds and ("audio", "sounds") not in unsure:
        from . import sounds

        for problem in sounds.problems(config.audio.sounds):
            yield ("audio", "sounds"), problem
