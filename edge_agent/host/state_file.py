"""What survives a restart: the volume, whether the microphone is muted, and what the last days cost."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..billing.use import Use
from ..files.folders import state_folder
from ..vocabulary.events import Event
from ..vocabulary.state import State
from .file_writer import FINISH_S, FileWriter


class Memory:
    """A small file in the state folder; what it is given is on the card within a moment. Unreadable, it is as if there
    were none, and `lost` says so; unwritable, `fault` says so, and it is tried again."""

    def __init__(self, folder: Path | None = None) -> None:
        self._file = (folder or state_folder()) / "remembered.json"
        self._writer = FileWriter(self._file, "mute, volume and costs")
        self.lost = ""  # why what was remembered is not known, a sentence
        self._kept = self._read()
        self._volume: int | None = None  # as it was last seen
        self._muted = self.muted

    def volume(self, otherwise: int) -> int:
        """As it was last set, in %."""
        self._volume = self._kept.get("volume", otherwise)
        return self._volume

    @property
    def muted(self) -> bool:
        """Whoever muted a device relies on it, whatever happens to the device."""
        return bool(self._kept.get("muted", False))

    def days(self) -> dict[str, Use]:
        """What was used of the service, by day."""
        return {day: use for day, written in self._kept.get("days", {}).items() if (use := Use.read(written))}

    def watch(self, _: Event, state: State) -> None:
        """After each event."""
        if state.volume != self._volume:
            self._volume = state.volume
            self._keep(volume=state.volume)
        if state.muted is not self._muted:
            self._muted = state.muted
            self._keep(muted=state.muted)

    def keep_days(self, days: Mapping[str, Use]) -> None:
        self._keep(days={day: asdict(use) for day, use in days.items()})

    @property
    def hours(self) -> dict[str, Any]:
        """What the hours of a day have cost, as it was kept."""
        return dict(self._kept.get("hours", {}))

    def keep_hours(self, hours: Mapping[str, Any]) -> None:
        """The same of today."""
        self._keep(hours=hours)

    def begin(self) -> None:
        """Whether it can be written is known before anybody relies on it."""
        self._keep()

    @property
    def saved(self) -> bool | None:
        """Whether a restart would find all of it; None: it is on its way to the card."""
        return self._writer.saved

    @property
    def fault(self) -> str:
        """Why the last change could not be saved, a sentence; empty: it was, or is on its way."""
        return self._writer.fault

    def retry(self) -> None:
        """To be called now and then."""
        self._writer.retry()

    def flush(self, patience_s: float = FINISH_S) -> None:
        """Wait until everything is on the card; at the end, not for a card that hangs."""
        self._writer.finish(patience_s)

    def _read(self) -> dict[str, Any]:
        """What of the file is good: the volume only if somebody has set it."""
        read: Any = None
        try:
            read = json.loads(self._file.read_text("utf-8"))
            why = "" if isinstance(read, dict) else "it is damaged"
        except FileNotFoundError:
            why = ""
        except OSError as error:
            why = error.strerror or str(error)
        except (ValueError, RecursionError):
            why = "it is damaged"
        if why:
            self.lost = f"mute, volume and costs are forgotten: cannot read {self._file}: {why}"
        kept = read if isinstance(read, dict) else {}
        volume, days, muted, hours = (kept.get(name) for name in ("volume", "days", "muted", "hours"))
        good: dict[str, Any] = {"volume": volume} if type(volume) is int and 0 <= volume <= 100 else {}
        good |= {"muted": muted} if isinstance(muted, bool) else {}
        good |= {"hours": hours} if isinstance(hours, dict) else {}
        return good | ({"days": days} if isinstance(days, dict) else {})

    def _keep(self, **what: Any) -> None:
        self._kept |= what
        self._writer.write(json.dumps(self._kept) + "\n")
