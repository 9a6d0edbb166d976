"""What the last `edge-agent doctor` found, kept for `edge-agent report`."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..files.folders import state_folder
from ..files.whole import replace

FILE = "doctor.json"


def keep(result: dict[str, Any], folder: Path | None = None) -> None:
    """In the state folder of the user who runs the doctor. Raises OSError; nothing of it is left then."""
    replace((folder or state_folder()) / FILE, json.dumps(result))


def last(folder: Path | None = None) -> dict[str, Any] | None:
    """None: missing or unreadable."""
    with suppress(OSError, ValueError, RecursionError):
        result = json.loads(((folder or state_folder()) / FILE).read_text("utf-8"))
        return result if isinstance(result, dict) else None
    return None
