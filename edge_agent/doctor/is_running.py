"""Whether an edge-agent is running here, whose devices a check would interrupt."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ..audio.cards.alsa_cards import PROC
from ..audio.cards.device_users import holders
from ..host.control.client import Denied, Unreachable, connect


def running(sockets: Iterable[Path], proc: Path = PROC) -> str:
    """Evidence that one is running; empty: none."""
    try:
        connect(sockets).close()
    except Denied as denied:
        return f"edge-agent is running ({denied.path} is there)"
    except Unreachable:
        pass
    else:
        return "edge-agent is running"
    for holder in holders(proc):
        if holder.is_ours:
            return f"edge-agent is running (pid {holder.pid} has the {holder.direction} open)"
    return ""
