"""The second half of edge-agent-update.service: python -m edge_agent.fleet.releases.install.

It installs as apt does, so it has all the rights of root; and asks no network itself. It runs on when it replaces
itself: what it imports is in memory by then.
"""

from __future__ import annotations

import sys

from .consent import NoConsent, consent
from .machine import AptInstaller, LocalService
from .store import ReleaseStore
from .upgrade import upgrade


def main() -> int:
    try:
        fleet, _ = consent()
        store = ReleaseStore()
        for step in upgrade(store, AptInstaller(), LocalService(), fleet.trial_min * 60):
            print(step, flush=True)
    except NoConsent:  # the first half has said so
        return 0
    except OSError as error:
        print(f"{error.filename} cannot be written ({error.strerror})", file=sys.stderr, flush=True)
        return 1
    if outcome := store.kept.now.outcome:
        print(f"{outcome.target} {outcome.step} {outcome.why}".rstrip(), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
