"""The sound cards that the kernel has, from /proc/asound and /sys: also those that nobody may open now."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

from ...files.whole import contents
from ...vocabulary.frozen import frozen
from ...vocabulary.text import harmless

Direction = Literal["microphone", "speaker"]
PROC = Path("/proc")
SOUND = Path("/sys/class/sound")


@frozen
class AlsaCard:
    """`id`: short; from its name unless a udev rule gave another. `name`: of its maker. `place`: where it is plugged in
    or soldered, the same after every start; as the kernel writes it. `usb_port`: the same by the number of the USB bus;
    empty: it is not on USB."""

    number: int
    id: str
    name: str
    place: str = ""
    usb_port: str = ""


@frozen
class AlsaDevice:
    """One recorder or player of a card. A card may have several of each, which have numbers of their own."""

    card: AlsaCard
    number: int
    direction: Direction
    name: str

    @property
    def listed_name(self) -> str:
        """As PortAudio calls it: it leaves out words that the card's name has said already."""
        words = self.name.split()
        for said in self.card.name.split():
            words = words[words[:1] == [said] :]
        name = " ".join(words[words[:1] in (["-"], [":"]) :]) or "-"
        return f"{self.card.name}: {name} (hw:{self.card.number},{self.number})"


def alsa_cards(proc: Path = PROC, sound: Path = SOUND) -> dict[int, AlsaCard]:
    """By number."""
    lines = contents(proc / "asound" / "cards")
    # " 1 [Device         ]: USB-Audio - USB PnP Sound Device"
    names = re.findall(r"^ *(\d+) \[.{15,}?\]: \S.*? - (.*)$", lines, re.MULTILINE)
    return {
        int(number): AlsaCard(
            int(number),
            harmless(contents(proc / "asound" / f"card{number}" / "id").strip()),
            harmless(name.strip()),
            *_place(sound / f"card{number}" / "device"),
        )
        for number, name in names
    }


def alsa_devices(proc: Path = PROC, sound: Path = SOUND) -> list[AlsaDevice]:
    """All recorders and players."""
    cards = alsa_cards(proc, sound)
    found = []
    for info in sorted(proc.glob("asound/card*/pcm*/info")):
        path = re.search(r"card(\d+)/pcm(\d+)([cp])/info$", str(info))
        if path and int(path[1]) in cards:
            name = re.search(r"^name: (.*)$", contents(info), re.MULTILINE)
            found.append(
                AlsaDevice(
                    cards[int(path[1])],
                    int(path[2]),
                    "microphone" if path[3] == "c" else "speaker",
                    harmless(name[1].strip()) if name else "",
                )
            )
    return found


def _place(device: Path) -> tuple[str, str]:
    """(place, USB port) of a card, from the path of what it is made of."""
    path = str(device.resolve())
    # .../0000:01:00.0/usb1/1-1/1-1.3/1-1.3:1.0: the controller, its bus, hubs and ports, and the part of the device
    usb = re.search(r"/([^/]+)/usb\d+/(?:[^/]+/)*?(\d+-([\d.]+))(:[\d.]+)$", path)
    if usb:
        return f"usb-{usb[1]}-{usb[3]}{usb[4] if usb[4] != ':1.0' else ''}", f"usb-{usb[2]}"
    bus = re.search(r"/devices/(platform|pci)", path)
    return (f"{bus[1]}-{Path(path).name}", "") if bus else ("", "")
