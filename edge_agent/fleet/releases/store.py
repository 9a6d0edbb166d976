"""What root keeps of releases: its own view of the repository, the package on its way, and what came of the last.

/var/lib/edge-agent-update/
    fleet/          as a device has it of its settings: what was seen of the repository, and standing.json
    SHA256.part     what is there of a package
    package.deb     a whole one, to be installed
    next.json       which one that is, as it was signed
    trial           there is a version on trial: what was wrong before it
"""

from __future__ import annotations

import json
from pathlib import Path

from ...config.fleet_settings import FleetPart
from ...files.fetched import sha256_of
from ...files.whole import contents, replace, sync
from ..kept import KeptStanding
from ..target import FleetRelease, TargetKind

FOLDER = Path("/var/lib/edge-agent-update")
READABLE = 0o644


class ReleaseStore:
    """Raises OSError, as all of it does."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self.folder = folder
        self.kept = KeptStanding(folder, TargetKind.RELEASE, READABLE)
        self.package = folder / "package.deb"
        self._next, self._trial = folder / "next.json", folder / "trial"

    def partial(self, sha256: str) -> Path:
        """Where it is written while it comes; those of others go."""
        file = self.folder / f"{sha256}.part"
        for other in self.folder.glob("*.part"):
            if other != file:
                other.unlink()
        return file

    def offer(self, part: FleetPart, release: FleetRelease) -> None:
        """The package is whole, and what was signed."""
        sync(self.folder)
        replace(self._next, json.dumps([part.target, part.sha256, part.text, release.architecture]), READABLE)

    def offered(self) -> tuple[FleetPart, FleetRelease] | None:
        """None: nothing, or not whole."""
        try:
            target, sha256, version, architecture = map(str, json.loads(contents(self._next)))
        except ValueError:
            return None
        if not self.has(sha256):
            return None
        return FleetPart(target, sha256, version), FleetRelease(version, architecture)

    def has(self, sha256: str) -> bool:
        """Whether the package is here, from an earlier time."""
        return self.package.is_file() and sha256_of(self.package) == sha256

    def withdraw(self) -> None:
        """Nothing is to be installed any more; what was fetched may be wanted again."""
        self._next.unlink(missing_ok=True)

    def forget(self) -> None:
        """It is over: nothing that takes room stays."""
        self.withdraw()
        for file in (self.package, *self.folder.glob("*.part")):
            file.unlink(missing_ok=True)
        self._trial.unlink(missing_ok=True)

    # ---- a trial ----------------------------------------------------------------
    @property
    def on_trial(self) -> bool:
        return self._trial.exists()

    def begin(self, wrong_before: dict[str, str]) -> None:
        """From now on edge-agent-update.path starts what finishes it, whenever that has ended."""
        replace(self._trial, json.dumps(wrong_before))

    def wrong_before(self) -> dict[str, str]:
        try:
            return {str(name): str(seen) for name, seen in json.loads(contents(self._trial)).items()}
        except (ValueError, AttributeError):
            return {}
