"""The second half of edge-agent-update.service: python -m edge_agent.fleet.releases.install.

It installs as apt does, so it has all the rights of root; and asks no network itself. It runs on when it replaces
itself: what it imports is in memory by then.
"""

from __future__ import annotations

import sys

from ...config.fleet_settings import FleetSettings
from .consent import NoConsent, consent
from .machine import AptInstaller, LocalService
from .store import ReleaseStore
from .upgrade import Installer, WatchedService, upgrade


def run(store: ReleaseStore, installer: Installer, service: WatchedService) -> None:
    """Raises OSError."""
    try:
        trial_min = consent()[0].trial_min
    except NoConsent:  # the first half has said so
        if not store.on_trial:
            return
        # What has begun comes to its end, else edge-agent-update.path would start this again and again.
        store.withdraw()
        trial_min = FleetSettings().trial_min
    for step in upgrade(store, installer, service, trial_min * 60):
        print(step, flush=True)
    if outcome := store.kept.now.outcome:
        print(f"{outcome.target} {outcome.step} {outcome.why}".rstrip(), flush=True)


def main() -> int:
    try:
        run(ReleaseStore(), AptInstaller(), LocalService())
    except OSError as error:
        print(f"{error.filename} cannot be written ({error.strerror})", file=sys.stderr, flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
