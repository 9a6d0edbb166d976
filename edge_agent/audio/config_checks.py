"""Checks of settings that need this room; the commands pass them to `config.load`."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from ..config import Config
from ..config.rules import Key

if TYPE_CHECKING:
    from .cards.alsa_cards import Direction


def check_sound(config: Config, unsure: Collection[Key] = ()) -> Iterator[tuple[Key, str]]:
    """Like `config.rules.check`: whether silero is installed, models of wake words, names of devices, the user's own
    sounds, file by file."""
    # what is imported here takes long, and few configurations need it
    if config.gate.confirm == "silero" and ("gate", "confirm") not in unsure:
        from .silero import SileroUnavailable, find_model

        try:
            find_model()
        except SileroUnavailable as error:
            yield ("gate", "confirm"), str(error)
    if config.wake_words and ("turns", "mode") not in unsure:
        from .wake_models import WakeModel, WakeUnavailable

        for word in config.wake_words:
            try:
                WakeModel(word.word)
            except WakeUnavailable as error:
                yield ("turns", "mode") if not config.wake else ("wake", word.name), str(error)
    directions: tuple[Direction, ...] = ("microphone", "speaker")
    for direction in directions:
        named = config.audio.backend == "portaudio" and getattr(config.audio, direction)
        if named and ("audio", direction) not in unsure:
            yield from _check_number(config, direction)
    if config.audio.sounds and ("audio", "sounds") not in unsure:
        from . import sounds

        for problem in sounds.problems(config.audio.sounds):
            yield ("audio", "sounds"), problem


def _check_number(config: Config, direction: Direction) -> Iterator[tuple[Key, str]]:
    """A device that is named by its number."""
    from .cards.devices import find, of_kernel
    from .cards.errors import SoundFailed
    from .cards.numbered import numbered

    name = getattr(config.audio, direction)
    if numbered(name):
        try:
            find(of_kernel(), name, direction)
        except SoundFailed as failure:
            yield ("audio", direction), failure.reason
