"""The pages themselves, out of the package."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent / "static"
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
}


def static_files(folder: Path = FOLDER) -> dict[str, tuple[str, bytes]]:
    """By name: type and content."""
    return {
        file.name: (TYPES[file.suffix], file.read_bytes())
        for file in folder.iterdir()
        if file.suffix in TYPES
    }
