"""The microphones and speakers, and how to name them in the configuration."""

from __future__ import annotations

from typing import Any

from ...config.model import AudioSettings
from ...config.toml_lines import toml_value
from ...vocabulary.frozen import frozen
from .alsa_cards import Direction
from .device_users import user_of
from .devices import listed, naming
from .errors import SoundFailed
from .portaudio import chosen, start_portaudio


@frozen
class ListedDevice:
    """One device, in one direction."""

    direction: Direction
    name: str
    card_id: str  # ALSA's; empty: no card, but a sound server or the like
    setting: str  # the value of audio.microphone or audio.speaker that means this device and no other
    rate_hz: int  # its own; others may do as well
    channels: int
    chosen: bool  # by the present configuration
    busy_with: str  # the process that has it open; empty: none, or the system does not tell

    @property
    def line(self) -> str:
        """For the section [audio] of the configuration."""
        return f"{self.direction} = {toml_value(self.setting)}"


@frozen
class Inventory:
    entries: tuple[ListedDevice, ...]
    troubles: tuple[str, ...]  # why nothing is chosen, a sentence each

    def of(self, direction: Direction) -> list[ListedDevice]:
        return [entry for entry in self.entries if entry.direction == direction]


def take_inventory(audio: AudioSettings) -> Inventory:
    """Asks PortAudio, which may hang: where it can be killed (`probe`). Raises SoundFailed without PyAudio."""
    pyaudio = start_portaudio()
    try:
        return _inventory(pyaudio, audio)
    finally:
        pyaudio.terminate()


def _inventory(pyaudio: Any, audio: AudioSettings) -> Inventory:
    devices = listed(pyaudio)
    entries, troubles = [], []
    directions: tuple[Direction, ...] = ("microphone", "speaker")
    for direction in directions:
        able = [device for device in devices if device.channels(direction)]
        choice = None
        try:
            choice = chosen(pyaudio, devices, getattr(audio, direction), direction)
        except SoundFailed as failure:
            troubles.append(failure.reason)
        entries += [
            ListedDevice(
                direction,
                device.name,
                device.card_id,
                naming(devices, device, direction),
                device.rate_hz,
                device.channels(direction),
                device == choice,
                user_of(device.card_id, direction, number=device.number),
            )
            for device in able
        ]
    return Inventory(tuple(entries), tuple(troubles))
