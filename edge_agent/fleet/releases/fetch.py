"""The first half of edge-agent-update.service: python -m edge_agent.fleet.releases.fetch.

It asks the network, so it may do nothing else: its sandbox leaves it one folder. What it finds signed and whole lies
there for the second half (`install`).
"""

from __future__ import annotations

import shutil
import sys
import time
from pathlib import Path

from ...config.fleet_settings import FleetPart, FleetSettings
from ...files.folders import fleet_folder
from ..membership import cannot_judge, member_of
from ..repository import Repository, RepositoryRefused
from ..target import LARGEST_PACKAGE, FleetTarget
from .choice import Host, wanted_release
from .consent import NoConsent, consent
from .download import DownloadPace, download
from .host import NO_PACKAGE, is_newer, takes_packages, this_host
from .store import ReleaseStore

ROOM = 4  # of a package's size: for itself, and for what is in it
BYTES_PER_MBIT = 125_000


def fetch(fleet: FleetSettings, root: bytes, store: ReleaseStore, host: Host) -> str:
    """What there is to install now; empty: nothing. `root`: the root.json that is trusted. Raises RepositoryRefused
    and OSError."""
    store.withdraw()
    if store.on_trial:
        return ""
    if why := cannot_judge():
        raise RepositoryRefused(why)
    repository = Repository(fleet.repository, fleet_folder(store.folder), root)
    standing = store.kept.now
    target = wanted_release(
        repository.plan(),
        member_of(fleet),
        host,
        time.time(),
        is_newer=is_newer,
        tallies={},  # the device does not wish what fails elsewhere
        has=standing.tried,
    )
    if not (target and target.release):
        store.kept.keep(standing.withdrawn())
        store.forget()
        return ""
    part = FleetPart(target.path, target.sha256, target.release.version)
    if not standing.can_be_tried(part):
        store.forget()
        return ""
    try:
        if not store.has(target.sha256):
            _download(repository, target, store, fleet.download_mbit_s)
        store.offer(part, target.release)
    except RepositoryRefused as why:
        store.kept.keep(standing.waits(part, str(why), time.time()))
        raise
    return target.path


def _download(repository: Repository, target: FleetTarget, store: ReleaseStore, mbit_s: float) -> None:
    """To where the store has whole packages."""
    signed = repository.signed(target, LARGEST_PACKAGE)
    part = store.partial(target.sha256)
    free, needed = shutil.disk_usage(store.folder).free, ROOM * signed.length
    if free < needed:
        raise RepositoryRefused(
            f"the disk has {free >> 20} MiB left, and {target.path} needs {needed >> 20}; free some space"
        )
    download(signed, part, DownloadPace(mbit_s * BYTES_PER_MBIT))
    part.replace(store.package)


def _check_package() -> None:
    """Raises NoConsent."""
    if not takes_packages():
        raise NoConsent(NO_PACKAGE)


def main() -> int:
    try:
        fleet, root = consent()
        _check_package()
        store = ReleaseStore()
        found = fetch(fleet, root, store, this_host())
    except (NoConsent, RepositoryRefused) as why:
        print(why, file=sys.stderr, flush=True)
        return 1
    except OSError as error:
        print(f"{error.filename or Path()} cannot be written ({error.strerror})", file=sys.stderr, flush=True)
        return 1
    nothing = "a release is on trial" if store.on_trial else "there is no newer release"
    print(f"{found} is here, and is what was signed" if found else nothing, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
