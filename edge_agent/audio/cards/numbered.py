"""Sound devices by their number, or as ALSA's own programs call them. Pure."""

from __future__ import annotations

import re

from ...vocabulary.frozen import frozen

_PATTERNS = (
    r"(?:(?:card|device|index) )?(?P<card>\d+)",
    r"(?P<card>\d+)\s*[,.:]\s*(?P<device>\d+)",
    # hw:1,0; plughw:CARD=Device,DEV=0; sysdefault:CARD=1
    r"[a-z]\w*:(?:CARD=)?(?P<card>[^\s,:]+)(?:,(?:DEV=)?(?P<device>\d+))?(?:,.*)?",
    r".*\(hw:(?P<card>\d+),(?P<device>\d+)\)",
)


_PLACE = re.compile(r"\(hw:(\d+),(\d+)\)$")


def place_of(name: str) -> tuple[int, int] | None:
    """Card and device at the end of a name, as PortAudio lists those of ALSA: "Array: USB Audio (hw:1,0)"."""
    found = _PLACE.search(name)
    return (int(found[1]), int(found[2])) if found else None


def without_place(name: str) -> str:
    return re.sub(r" ?\((hw:)?\d+,\d+\)$", "", name).strip()


@frozen
class Numbered:
    """`card`: a number or an id. `device`: of the card; empty: any."""

    card: str
    device: str

    @property
    def by_number(self) -> bool:
        return self.card.isdecimal()

    def means(self, name: str, card_id: str) -> bool:
        """Whether it is this device now. `name`: as PortAudio has it."""
        place = place_of(name)
        if not place or self.device not in ("", str(place[1])):
            return False
        return self.card == (str(place[0]) if self.by_number else card_id)


def numbered(wanted: str) -> Numbered | None:
    """What is meant, if it is such a name."""
    for pattern in _PATTERNS:
        if match := re.fullmatch(pattern, wanted.strip(), re.IGNORECASE):
            found = match.groupdict()
            return Numbered(found["card"], found.get("device") or "")
    return None
