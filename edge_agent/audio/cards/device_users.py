"""Which process has which sound device open, from ALSA's /proc/asound."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from ...files import contents
from ...vocabulary.text import harmless
from .devices import Direction

PROC = Path("/proc")
OURS = "edge_agent"  # in the command line of our processes


@dataclass(frozen=True, slots=True)
class Holder:
    """A device that is in use. PortAudio does not even list such a device, if it is for one user only."""

    direction: Direction
    device: str
    pid: int
    process: str
    is_ours: bool


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
            )
        )
    return found


def user_of(name: str, direction: Direction, proc: Path = PROC) -> str:
    """The process that has a device of this name open; empty: none, or the system does not tell."""
    for holder in holders(proc) if name else ():
        if holder.direction == direction and name.lower() in holder.device.lower():
            return f"{holder.process} (pid {holder.pid})"
    return ""
