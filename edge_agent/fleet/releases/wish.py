"""What the device does for a release: it wishes, and tells what came of it. Root does the rest, believing nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from pathlib import Path
from time import monotonic

from ...config.fleet_settings import FleetPart
from ...files.folders import runtime_folder
from ...host.surface import Find
from ...telemetry.status import Finding
from ..kept import KeptStanding
from ..outcome import FleetOutcome
from ..standing import Standing
from ..target import TargetKind
from .store import FOLDER

AGAIN_S = 600.0  # a wish that was made while root was at work is not heard
ABOUT = "fleet release"
TODO = "publish a newer one; the version before it runs"


class ReleaseWish:
    """`is_fit`: whether the device could be replaced now, and it would be seen that the new one works. `find` takes
    what is wrong. `wishes`, `updates`: the folders of who wishes, and of root."""

    def __init__(
        self,
        is_fit: Callable[[], bool],
        find: Find,
        wishes: Path | None = None,
        updates: Path = FOLDER,
    ) -> None:
        self._is_fit, self._find, self._updates = is_fit, find, updates
        self._wish = (wishes or runtime_folder()) / "update-wish"
        self._wanted: FleetPart | None = None
        self._wished_at, self._heard_s = -AGAIN_S, 0.0

    @property
    def has(self) -> Collection[str]:
        """SHA-256 of what was tried to the end."""
        return self._standing.tried

    def heard(self, wanted: FleetPart | None) -> None:
        """After a look. Raises OSError."""
        if wanted != self._wanted:
            self._wanted, self._wished_at, self._heard_s = wanted, -AGAIN_S, time.time()
        self.look()

    def look(self) -> None:
        """From time to time. Raises OSError."""
        standing = self._standing
        self._show(standing)
        due = monotonic() >= self._wished_at + AGAIN_S
        if self._wanted and standing.can_be_tried(self._wanted) and due and self._is_fit():
            self._wished_at = monotonic()
            self._wish.write_text("")

    @property
    def outcome(self) -> FleetOutcome | None:
        """What came of the last, or that one waits."""
        standing = self._standing
        if self._wanted and standing.can_be_tried(self._wanted) and not standing.tells_of(self._wanted):
            return standing.waits(self._wanted, "", self._heard_s).outcome
        return standing.outcome

    @property
    def _standing(self) -> Standing:
        """As root has written it."""
        return KeptStanding(self._updates, TargetKind.RELEASE).now

    def _show(self, standing: Standing) -> None:
        failure = standing.failure_of(self._wanted) if self._wanted else None
        what = f"{failure.target} of the fleet does not work here: {failure.why}" if failure else ""
        self._find(ABOUT, Finding("fleet-rolled-back", what, TODO) if what else None)
