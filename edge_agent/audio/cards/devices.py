"""Sound devices by a stable name: indices shift with every plug, names do not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from ...vocabulary.frozen import frozen
from ...vocabulary.text import harmless
from .alsa_cards import PROC, SOUND, AlsaDevice, Direction, alsa_devices
from .automatic_ids import automatic_ids
from .errors import SoundFailed
from .numbered import Numbered, numbered, place_of, without_place

CLOSED = -2  # the index of a device that PortAudio could not open to list it; its own -1 is "no device"


@frozen
class SoundDevice:
    """One device as the system lists it now. `index` is good only until the next listing; CLOSED: not to be had now."""

    index: int
    name: str
    in_channels: int
    out_channels: int
    rate_hz: int  # its own
    card_id: str = ""  # ALSA's: short
    usb_path: str = ""  # the socket it is plugged into, by the number of its bus
    place: str = ""  # the same after every start: the socket by its controller, or what of the board it is

    def channels(self, direction: Direction) -> int:
        return self.in_channels if direction == "microphone" else self.out_channels

    @property
    def label(self) -> str:
        """What to write in the configuration: the name without the card's number."""
        return without_place(self.name).removesuffix(": -").strip()

    @property
    def number(self) -> int | None:
        """Of the device on its card; None: it is not one of a card."""
        place = place_of(self.name)
        return place[1] if place else None

    @property
    def names(self) -> frozenset[str]:
        """All that mean this device exactly. Where a card has several, it is "Array,1" too."""
        cards = {name for name in (self.card_id, self.usb_path, self.place) if name}
        several = set() if self.number is None else {f"{name},{self.number}" for name in cards}
        return frozenset({self.label, without_place(self.name), *cards, *several})


def listed(audio: Any, proc: Path = PROC, sound: Path = SOUND) -> list[SoundDevice]:
    """All devices of the default host API, and those of the kernel that it does not list. `audio`: a
    pyaudio.PyAudio, which has listed them when it was made."""
    api = audio.get_default_host_api_info()
    of_alsa = alsa_devices(proc, sound)
    known = {(device.card.number, device.number): device for device in of_alsa}
    found = []
    for number in range(api["deviceCount"]):
        info = audio.get_device_info_by_host_api_device_index(api["index"], number)
        name = _text(info["name"])
        place = place_of(name)
        device = known.get(place) if place else None
        found.append(
            SoundDevice(
                info["index"],
                name,
                info["maxInputChannels"],
                info["maxOutputChannels"],
                round(info["defaultSampleRate"]),
                device.card.id if device else "",
                device.card.usb_port if device else "",
                device.card.place if device else "",
            )
        )
    return found + [device for device in map(_closed, of_alsa) if not _is_among(device, found)]


def of_kernel(proc: Path = PROC, sound: Path = SOUND) -> list[SoundDevice]:
    """Those of real cards, without PortAudio: each in one direction, and not to be opened."""
    return [_closed(device) for device in alsa_devices(proc, sound)]


def _text(name: str | bytes) -> str:
    """PyAudio gives bytes where they are not valid text."""
    return harmless(name if isinstance(name, str) else name.decode("utf-8", "replace"))


def _is_among(device: SoundDevice, found: Iterable[SoundDevice]) -> bool:
    hw = device.name.rpartition(" ")[2]
    return any(
        one.name.endswith(hw) and (one.in_channels if device.in_channels else one.out_channels)
        for one in found
    )


def _closed(device: AlsaDevice) -> SoundDevice:
    hears = device.direction == "microphone"
    card = device.card
    return SoundDevice(
        CLOSED, device.listed_name, int(hears), int(not hears), 0, card.id, card.usb_port, card.place
    )


def find(devices: Sequence[SoundDevice], wanted: str, direction: Direction) -> SoundDevice:
    """The one device that is meant. Raises SoundFailed where there is none, or more than one, or where it might be
    another after the next start."""
    able = [device for device in devices if device.channels(direction)]
    if number := numbered(wanted):
        raise SoundFailed(direction, _instead(devices, wanted, number, direction))
    for found in (_exactly(devices, able, wanted), [device for device in able if _contains(device, wanted)]):
        if len(found) == 1:
            return found[0]
        if found:
            names = ", ".join(sorted({repr(naming(devices, device, direction)) for device in found}))
            raise SoundFailed(direction, f"{wanted!r} matches {names}; set audio.{direction} to one of these")
    if any(_contains(device, wanted) for device in devices):
        raise SoundFailed(direction, f"{wanted!r} exists, but is not a {direction}")
    raise SoundFailed(direction, f"{direction} {wanted!r} not found{_nearest(devices, wanted, direction)}")


def naming(devices: Sequence[SoundDevice], device: SoundDevice, direction: Direction) -> str:
    """The most readable name that matches only this device, and no other when this one is not there."""
    able = [one for one in devices if one.channels(direction)]
    places = [name for name in (device.place, device.usb_path) if name][:1]
    ids = [] if not device.card_id or (places and device.card_id in _by_order(devices)) else [device.card_id]
    cards = ids + places
    names = cards + [f"{card},{device.number}" for card in cards if device.number is not None]
    for name in (device.label, *names) if "\ufffd" not in device.label else (*names, device.label):
        if name and [one for one in able if name in one.names or _contains(one, name)] == [device]:
            return name
    return names[-1] if len(names) > 2 else device.label


def _exactly(devices: Sequence[SoundDevice], able: Sequence[SoundDevice], wanted: str) -> list[SoundDevice]:
    """Of cards of one kind, the id says only in which order they were met: each of them may be meant."""
    found = [device for device in able if wanted in device.names]
    card_id = wanted.partition(",")[0]
    orders = _by_order(devices)
    if card_id in orders and all(device.label != wanted for device in found):
        return [device for device in able if device.card_id in orders[card_id]]
    return found


def _by_order(devices: Iterable[SoundDevice]) -> dict[str, set[str]]:
    """For each id that ALSA may give to another card at the next start: all of these. Where nothing else tells the
    cards apart, their ids have to do."""
    cards = {}
    for device in devices:
        if device.card_id and (device.place or device.usb_path):
            cards[device.card_id] = device.name.partition(": ")[0]
    return automatic_ids(cards)


def _contains(device: SoundDevice, wanted: str) -> bool:
    return wanted.lower() in device.label.lower()


def _instead(devices: Sequence[SoundDevice], wanted: str, number: Numbered, direction: Direction) -> str:
    """What to write for a device that was named by its number."""
    able = [device for device in devices if device.channels(direction)]
    meant = [device for device in able if number.means(device.name, device.card_id)]
    names = [repr(naming(devices, device, direction)) for device in meant or able]
    todo = (
        f"set audio.{direction} to {' or '.join(dict.fromkeys(names))}"
        if names
        else "connect it, and use its name"
    )
    why = (
        "another card may have that number after the next start" if number.by_number else "not supported here"
    )
    return f"{wanted!r}: {why}; {todo}"


def _nearest(devices: Sequence[SoundDevice], wanted: str, direction: Direction) -> str:
    names = {
        naming(devices, device, direction): device.label for device in devices if device.channels(direction)
    }
    if not names:
        return "; nothing is connected: check the plug"
    near = get_close_matches(wanted.lower(), {label.lower() for label in names.values()}, n=3, cutoff=0.3)
    likely = [name for name, label in names.items() if label.lower() in near]
    return f"; found {', '.join(map(repr, sorted(likely or names)))}"
