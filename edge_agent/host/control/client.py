"""Talks to the running device over its control socket."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from ...files.folders import SETTING_UP, control_sockets

ANSWER_S = 3.0
LONGEST_ANSWER = 1 << 26  # bytes
NOT_RUNNING = "edge-agent is not running; systemctl start edge-agent (or: edge-agent run)"
WAITS = "edge-agent waits to be set up in a browser; systemctl status edge-agent-setup shows where"


class Unreachable(Exception):
    """No device answers; a sentence that says what to do."""


class Denied(Unreachable):
    """One would, but not to this user."""

    def __init__(self, path: Path) -> None:
        super().__init__("permission denied for the control socket; use sudo, or join the group edge-agent")
        self.path = path


def connect(sockets: Iterable[Path], patience_s: float = ANSWER_S) -> socket.socket:
    """To the first device that listens. Raises Denied and Unreachable."""
    failure = Unreachable(WAITS if SETTING_UP.exists() else NOT_RUNNING)
    for path in sockets:
        end = socket.socket(socket.AF_UNIX)
        end.settimeout(patience_s)
        try:
            end.connect(str(path))
        except OSError as error:
            end.close()
            failure = Denied(path) if isinstance(error, PermissionError) else failure
        else:
            return end
    raise failure


def request(
    do: str, *, sockets: list[Path] | None = None, patience_s: float = ANSWER_S, **arguments: Any
) -> dict[str, Any]:
    """The device's answer. Raises Unreachable."""
    with connect(sockets or control_sockets(), patience_s) as end, suppress(OSError, ValueError):
        line = json.dumps({"do": do, **arguments}, ensure_ascii=False)
        end.sendall(line.encode("utf-8", "surrogatepass") + b"\n")
        answer: dict[str, Any] = json.loads(end.makefile("rb").readline(LONGEST_ANSWER))
        return answer
    raise Unreachable("edge-agent is running but does not answer; systemctl restart edge-agent")
