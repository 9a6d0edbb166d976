"""Secrets that tools send are in files of their own, one line each."""

from __future__ import annotations

from pathlib import Path

from .definition import ToolFailed

LONGEST = 16 * 1024


def read_secret(file: Path, setting: str) -> str:
    """Raises ToolFailed, which repeats nothing of it."""
    try:
        with file.open("rb") as opened:
            text = opened.read(LONGEST).decode().strip()
    except OSError as error:
        raise ToolFailed(f"{setting}: {file} cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise ToolFailed(f"{setting}: {file} is not UTF-8 text") from None
    if not text or not text.isprintable() or not text.isascii():
        raise ToolFailed(f"{setting}: {file} must contain one line, the secret")
    return text
