"""Small files: read whole, and replaced whole."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def contents(file: Path) -> str:
    """As text; empty where it cannot be read."""
    try:
        return file.read_text("utf-8", "replace")
    except OSError:
        return ""


def replace(file: Path, text: str | bytes, mode: int = 0o600) -> None:
    """Whoever reads it meanwhile, or after a power cut, finds all of the old text or all of the new; once this returns,
    the new. Waits for the card, which can take a second. Only its owner may read it, unless `mode` says otherwise.
    Makes its folder. Raises OSError; the old text is still there then, and nothing else is left behind."""
    data = text.encode() if isinstance(text, str) else text
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
            os.fchmod(opened.fileno(), mode)
            opened.write(data)
            opened.flush()
            os.fsync(opened.fileno())
        fresh.replace(file)
    except OSError:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)
        raise
    sync(file.parent)


def sync(folder: Path) -> None:
    """So that what was renamed in it stays so. Raises OSError."""
    end = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(end)
    finally:
        os.close(end)
