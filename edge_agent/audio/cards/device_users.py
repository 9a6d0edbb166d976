"""Which process has which sound device open, from ALSA's /proc/asound."""

from __future__ import annotations

import re
from pathlib import Path

from ...files.whole import contents
from ...vocabulary.frozen import frozen
from ...vocabulary.text import harmless
from .alsa_cards import PROC, Direction

OURS = "edge_agent"  # in the command line of our processes


@frozen
class Holder:
    """A device that is in use. PortAudio does not even list such a device, if it is for one user only."""

    direction: Direction
    device: str
    pid: int
    process: str
    is_ours: bool
    card_id: str = ""
    number: int = 0  # of the device, where the card has more than one

    @property
    def user(self) -> str:
        return f"{self.process} (pid {self.pid})"


def holders(proc: Path = PROC) -> list[Holder]:
    """All devices that are in use; none where the system does not tell."""
    found = []
    for status in sorted(proc.glob("asound/card*/pcm*/sub*/status")):
        owner = re.search(r"owner_pid\s*:\s*(\d+)", contents(status))
        if not owner:
            continue
        pid = int(owner[1])
        info = contents(status.parent / "info")
        name = re.search(r"^name: (.+)$", info, re.MULTILINE)
        card = status.parents[2]
        found.append(
            Holder(
                "microphone" if "stream: CAPTURE" in info else "speaker",
                harmless(f"{contents(card / 'id').strip() or card.name}{f': {name[1]}' if name else ''}"),
                pid,
                harmless(contents(proc / str(pid) / "comm").strip()) or "a process",
                OURS in contents(proc / str(pid) / "cmdline"),
                harmless(contents(card / "id").strip()),
                int(re.sub(r"\D", "", status.parents[1].name)),
            )
        )
    return found


def user_of(card_id: str, direction: Direction, proc: Path = PROC, *, number: int | None = None) -> str:
    """The process that has this card open, or only the device of this number on it; empty: none, or the system does
    not tell."""
    for holder in holders(proc) if card_id else ():
        if (holder.card_id, holder.direction) == (card_id, direction) and number in (None, holder.number):
            return holder.user
    return ""
