"""What the last `edge-agent doctor` found, kept for `edge-agent report`."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..files.folders import NAME, state_folder
from ..files.whole import replace

FILE = "doctor.json"
SERVICE = Path("/var/lib") / NAME


def place(service: Path = SERVICE) -> Path:
    """The state folder of the user who runs the doctor; root's is that of the service, so that it goes with it."""
    own = state_folder()
    is_default = own == Path.home() / ".local" / "state" / NAME
    return service if os.geteuid() == 0 and is_default and service.is_dir() else own


def keep(result: dict[str, Any], folder: Path | None = None) -> None:
    """Raises OSError; nothing of it is left then."""
    replace((folder or place()) / FILE, json.dumps(result))


def last(folder: Path | None = None) -> dict[str, Any] | None:
    """None: missing or unreadable."""
    with suppress(OSError, ValueError, RecursionError):
        result = json.loads(((folder or place()) / FILE).read_text("utf-8"))
        return result if isinstance(result, dict) else None
    return None
