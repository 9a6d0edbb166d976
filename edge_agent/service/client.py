"""Talks to the running device over its control socket."""

from __future__ import annotations

import json
import socket
from contextlib import suppress
from pathlib import Path
from typing import Any

from .places import control_sockets

PATIENCE_S = 3.0


class Unreachable(Exception):
    """No device answers; a sentence that says what to do."""


def request(do: str, *, sockets: list[Path] | None = None, **arguments: Any) -> dict[str, Any]:
    """The device's answer. Raises Unreachable."""
    denied = False
    for path in sockets or control_sockets():
        with socket.socket(socket.AF_UNIX) as end:
            end.settimeout(PATIENCE_S)
            try:
                end.connect(str(path))
            except PermissionError:
                denied = True
                continue
            except OSError:
                continue
            with suppress(OSError, ValueError):
                end.sendall(json.dumps({"do": do, **arguments}).encode() + b"\n")
                answer: dict[str, Any] = json.loads(end.makefile("rb").readline())
                return answer
            raise Unreachable("edge-agent is running, but does not answer; systemctl restart edge-agent")
    if denied:
        raise Unreachable("you may not talk to edge-agent: use sudo, or join the group edge-agent")
    raise Unreachable("edge-agent is not running; systemctl start edge-agent (or: edge-agent run)")
