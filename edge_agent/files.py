"""Small files: read whole, and replaced whole."""

from __future__ import annotations

from pathlib import Path


def contents(file: Path) -> str:
    """As text; empty where it cannot be read."""
    try:
        return file.read_text("utf-8", "replace")
    except OSError:
        return ""


def replace(file: Path, text: str) -> None:
    """Whoever reads it meanwhile, or after a power cut, finds all of the old text or all of the new. Only its owner
    may read it. Makes its folder. Raises OSError."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    fresh.touch(0o600, exist_ok=False)
    fresh.write_text(text, "utf-8")
    fresh.replace(file)
