"""What survives a restart: the volume."""

from __future__ import annotations

import json
import logging
from pathlib import Path

from ..events import Event
from ..state import State
from .places import state_folder

log = logging.getLogger(__name__)


class Memory:
    """A small file in the state folder. Unreadable, it is as if there were none; unwritable, it is said once."""

    def __init__(self, folder: Path | None = None) -> None:
        self._file = (folder or state_folder()) / "remembered.json"
        self._volume: int | None = None
        self._complained = False

    def volume(self, otherwise: int) -> int:
        """As it was last set, in %."""
        try:
            volume = json.loads(self._file.read_text("utf-8"))["volume"]
        except (OSError, ValueError, KeyError, TypeError):
            volume = None
        self._volume = volume if type(volume) is int and 0 <= volume <= 100 else otherwise
        return self._volume

    def watch(self, _: Event, state: State) -> None:
        """After each event."""
        if state.volume != self._volume:
            self._volume = state.volume
            self._write()

    def _write(self) -> None:
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            fresh = self._file.with_suffix(".new")
            fresh.write_text(json.dumps({"volume": self._volume}) + "\n", "utf-8")
            fresh.replace(self._file)
        except OSError as error:
            if not self._complained:
                log.warning("the volume cannot be remembered: %s: %s", self._file, error.strerror)
            self._complained = True
