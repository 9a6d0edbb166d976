"""Sound devices by their number, or as ALSA's own programs call them. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

_PATTERNS = (
    r"(?:(?:card|device|index) )?(?P<card>\d+)",
    r"(?P<card>\d+)\s*[,.:]\s*(?P<device>\d+)",
    # hw:1,0; plughw:CARD=Device,DEV=0; sysdefault:CARD=1
    r"[a-z]\w*:(?:CARD=)?(?P<card>[^\s,:]+)(?:,(?:DEV=)?(?P<device>\d+))?(?:,.*)?",
    r".*\(hw:(?P<card>\d+),(?P<device>\d+)\)",
)


@dataclass(frozen=True, slots=True)
class Numbered:
    """`card`: a number or an id. `device`: of the card; empty: any."""

    card: str
    device: str

    @property
    def by_number(self) -> bool:
        return self.card.isdecimal()

    def means(self, name: str, card_id: str) -> bool:
        """Whether it is this device now. `name`: as PortAudio has it."""
        number = re.search(r"\(hw:(\d+),(\d+)\)$", name)
        if not number or self.device not in ("", number[2]):
            return False
        return self.card == (number[1] if self.by_number else card_id)


def numbered(wanted: str) -> Numbered | None:
    """What is meant, if it is such a name."""
    for pattern in _PATTERNS:
        if match := re.fullmatch(pattern, wanted.strip(), re.IGNORECASE):
            found = match.groupdict()
            return Numbered(found["card"], found.get("device") or "")
    return None
