"""Other devices that run on this machine, whoever started them: two would listen side by side, and a command such as
mute would reach only one of them.

Each running device holds a socket with an abstract name (unix(7)): nothing of it is left when its process is gone,
every user sees it in /proc/net/unix, and folders that are private do not hide it.
"""

from __future__ import annotations

import os
import re
import socket
from contextlib import suppress
from pathlib import Path

from ..files.folders import SYSTEM, runtime_folder
from ..files.whole import contents
from ..telemetry.status import Finding
from .control.client import Denied, Unreachable, connect

SOCKETS = Path("/proc/net/unix")
NAME = "edge-agent-device-"


class Neighbours:
    """`name`: of the sockets, before the number of the process."""

    def __init__(self, name: str = NAME, sockets: Path = SOCKETS) -> None:
        self._name, self._sockets = name, sockets
        self._sign = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        with suppress(OSError):  # where it is not allowed, others cannot know
            self._sign.bind(f"\0{name}{os.getpid()}")

    @property
    def pids(self) -> list[int]:
        found = re.findall(rf" @{re.escape(self._name)}(\d+)$", contents(self._sockets), re.MULTILINE)
        return sorted({int(pid) for pid in found} - {os.getpid()})

    @property
    def finding(self) -> Finding | None:
        pids = self.pids
        if not pids:
            return None
        numbers = ", ".join(map(str, pids))
        other = f"another edge-agent is running on this machine (pid {numbers})"
        return Finding(
            "another-device",
            f"{other}: both may listen, and a command such as mute reaches only one",
            f"stop one of them; this is pid {os.getpid()}",
        )

    def close(self) -> None:
        self._sign.close()


def service_beside(system: Path = SYSTEM) -> str:
    """Why no device should be started by hand now; empty: no reason."""
    if runtime_folder() == system:
        return ""  # this is the service
    try:
        connect([system / "control.sock"]).close()
    except Denied:
        pass
    except Unreachable:
        return ""
    return "the service edge-agent is already running on this machine; stop it first: sudo systemctl stop edge-agent"
