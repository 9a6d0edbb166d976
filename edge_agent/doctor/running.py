"""Whether an edge-agent is running here, whose devices a check would disturb."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from pathlib import Path

from ..audio.holders import PROC, holders


def running(sockets: Iterable[Path], proc: Path = PROC) -> str:
    """What tells that one is; empty: nothing does."""
    for path in sockets:
        with socket.socket(socket.AF_UNIX) as end:
            end.settimeout(1)
            try:
                end.connect(str(path))
            except PermissionError:
                return f"edge-agent is running ({path} is there)"
            except OSError:
                continue
            return "edge-agent is running"
    for holder in holders(proc):
        if holder.is_ours:
            return f"edge-agent is running (pid {holder.pid} has the {holder.direction} open)"
    return ""
