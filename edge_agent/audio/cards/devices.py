"""Sound devices by a stable name: indices shift with every plug, names do not."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

from ...files import contents
from ...vocabulary.text import harmless
from .errors import SoundFailed

Direction = Literal["microphone", "speaker"]
CARDS = Path("/sys/class/sound")


@dataclass(frozen=True, slots=True)
class SoundDevice:
    """One device as the system lists it now. `index` is good only until the next listing."""

    index: int
    name: str
    in_channels: int
    out_channels: int
    rate_hz: int  # its own
    card_id: str = ""  # ALSA's: short, and the same after a new start
    usb_path: str = ""  # the socket it is plugged into

    def channels(self, direction: Direction) -> int:
        return self.in_channels if direction == "microphone" else self.out_channels

    @property
    def label(self) -> str:
        """What to write in the configuration: the name without the card's number."""
        return re.sub(r" ?\((hw:)?\d+,\d+\)$|: - $", "", self.name).strip()


def listed(audio: Any) -> list[SoundDevice]:
    """All devices of the default host API. `audio`: a pyaudio.PyAudio, which has listed them when it was made."""
    api = audio.get_default_host_api_info()
    found = []
    for number in range(api["deviceCount"]):
        info = audio.get_device_info_by_host_api_device_index(api["index"], number)
        card = re.search(r"\(hw:(\d+),\d+\)$", info["name"])
        card_id, usb_path = _of_card(int(card[1])) if card else ("", "")
        found.append(
            SoundDevice(
                info["index"],
                harmless(info["name"]),
                info["maxInputChannels"],
                info["maxOutputChannels"],
                round(info["defaultSampleRate"]),
                card_id,
                usb_path,
            )
        )
    return found


def find(devices: Sequence[SoundDevice], wanted: str, direction: Direction) -> SoundDevice:
    """The one device that is meant. Raises SoundFailed where there is none, or more than one."""
    able = [device for device in devices if device.channels(direction)]
    for match in (_is_exactly, _contains):
        found = [device for device in able if match(device, wanted)]
        if len(found) == 1:
            return found[0]
        if found:
            names = ", ".join(repr(device.usb_path or device.name) for device in found)
            raise SoundFailed(direction, f"{wanted!r} matches {names}; set audio.{direction} to one of these")
    if any(_contains(device, wanted) for device in devices):
        raise SoundFailed(direction, f"{wanted!r} exists, but is not a {direction}")
    raise SoundFailed(direction, f"{direction} {wanted!r} not found{_nearest(wanted, able)}")


def _is_exactly(device: SoundDevice, wanted: str) -> bool:
    return wanted in {device.name, device.label, device.card_id, device.usb_path}


def _contains(device: SoundDevice, wanted: str) -> bool:
    return wanted.lower() in device.name.lower()


def _nearest(wanted: str, devices: Iterable[SoundDevice]) -> str:
    labels = {device.label.lower(): device.label for device in devices}
    if not labels:
        return "; nothing is connected: check the plug"
    near = [labels[name] for name in get_close_matches(wanted.lower(), labels, n=3, cutoff=0.3)]
    return f"; found {', '.join(map(repr, near or sorted(labels.values())))}"


def _of_card(number: int) -> tuple[str, str]:
    """(ALSA's id, USB path) of a card."""
    device = os.path.realpath(CARDS / f"card{number}" / "device")
    usb = re.findall(r"/(\d+-[\d.]+)(?=[:/]|$)", device)
    return contents(CARDS / f"card{number}" / "id").strip(), f"usb-{usb[-1]}" if usb else ""
