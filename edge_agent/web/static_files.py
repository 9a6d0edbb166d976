"""The pages themselves, out of the package."""

from __future__ import annotations

from pathlib import Path

from ..host.http.pages import Page

FOLDER = Path(__file__).parent / "static"
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
}


def static_files(folder: Path = FOLDER) -> dict[str, Page]:
    """By name."""
    return {
        file.name: unchanging(TYPES[file.suffix], file.read_bytes())
        for file in folder.iterdir()
        if file.suffix in TYPES
    }


def unchanging(content_type: str, body: bytes) -> Page:
    return Page(content_type, lambda: body)
