"""What the last `edge-agent doctor` found, kept for `edge-agent report`."""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..host.paths import state_folder

FILE = "doctor.json"


def keep(result: dict[str, Any], folder: Path | None = None) -> None:
    """In the state folder of the user who runs the doctor; if it is not writable, nothing is kept."""
    folder = folder or state_folder()
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        number, fresh = tempfile.mkstemp(dir=folder, prefix=FILE)
        with os.fdopen(number, "w", encoding="utf-8") as file:
            json.dump(result, file)
        Path(fresh).replace(folder / FILE)


def last(folder: Path | None = None) -> dict[str, Any] | None:
    """None: missing or unreadable."""
    with suppress(OSError, ValueError, RecursionError):
        result = json.loads(((folder or state_folder()) / FILE).read_text("utf-8"))
        return result if isinstance(result, dict) else None
    return None
