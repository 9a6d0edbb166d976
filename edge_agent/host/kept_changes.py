"""What was changed on the running device, and what it was before: two files in its state folder."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from ..config.changes import CHANGES
from ..files.whole import replace


class KeptChanges:
    """`state`: the folder of what the device remembers."""

    def __init__(self, state: Path) -> None:
        self._file, self._before = state / CHANGES, state / f"before-{CHANGES}"

    @property
    def text(self) -> str:
        """In TOML; empty: nothing was changed. Raises OSError and UnicodeDecodeError."""
        return _read(self._file) or ""

    @property
    def revision(self) -> str:
        """Another for every text. Raises the same."""
        return sha256(self.text.encode()).hexdigest()[:16]

    @property
    def before(self) -> str | None:
        """The text before the last time that one was kept; None: none ever was. Raises the same."""
        return _read(self._before)

    def keep(self, text: str) -> None:
        """Raises OSError; then the text is as it was."""
        replace(self._before, self.text)
        replace(self._file, text)


def _read(file: Path) -> str | None:
    """None: it is not there."""
    try:
        return file.read_text("utf-8")
    except FileNotFoundError:
        return None
