"""Where a device keeps what it has of its fleet: one file in its state folder, replaced whole."""

from __future__ import annotations

import time
from pathlib import Path

from ..config.fleet_settings import FleetPart
from ..files.folders import fleet_folder
from ..files.whole import replace
from .standing import NOTHING, Standing, read_standing, standing_text
from .target import TargetKind


class KeptStanding:
    """`state`: the folder of what the device remembers. Damaged, the file is as if there were none: the fleet will give
    it again. `mode`: who may read it."""

    def __init__(self, state: Path, kind: TargetKind = TargetKind.CONFIG, mode: int = 0o600) -> None:
        self._file, self._kind, self._mode = fleet_folder(state) / "standing.json", kind, mode
        self.now = self._read()

    def keep(self, standing: Standing) -> None:
        """Raises OSError; then it is as it was."""
        if standing != self.now:
            replace(self._file, standing_text(standing), self._mode)
            self.now = standing

    def _read(self) -> Standing:
        try:
            return read_standing(self._file.read_text("utf-8"))
        except (OSError, ValueError):
            return Standing(self._kind)


def part_in_use(state: Path) -> FleetPart | None:
    """What the fleet has set; None: nothing."""
    in_use = KeptStanding(state).now.in_use
    return None if in_use == NOTHING else in_use


def settle(state: Path) -> None:
    """Before the device reads its configuration: what is not proven is not started with. Raises OSError."""
    if fleet_folder(state).is_dir():
        kept = KeptStanding(state)
        kept.keep(kept.now.restarted(time.time()))
