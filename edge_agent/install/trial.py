"""Before each start of a version that has not been ready yet, and after it has failed: edge-agent-trial.service."""

from __future__ import annotations

import sys

from .changeover import before_start
from .home import Home
from .service import Systemd
from .versions import TrialVerdict


def main() -> int:
    home, systemd = Home(), Systemd()
    failing = home.shelf().current
    if before_start(home, systemd, failed=systemd.get("ActiveState") == "failed") is TrialVerdict.ROLL_BACK:
        print(
            f"version {failing} did not become ready: version {home.shelf().current} runs again", flush=True
        )
        systemd.start_again()
    return 0


if __name__ == "__main__":
    sys.exit(main())
