"""What the system reads of edge-agent, gathered from a checkout.

As a program, for scripts/build-deb: `python3 -m edge_agent.install.share FOLDER SYSTEMD`.
"""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

from .process import told
from .service import SETUP

CHECKOUT = Path(__file__).parents[2]
IMPORTS_SINCE = 254  # ImportCredential=


def systemd_version() -> int:
    """0: there is none."""
    found = re.match(r"systemd (\d+)", told("systemctl", "--version"))
    return int(found[1]) if found else 0


def gather(folder: Path, systemd: int, checkout: Path = CHECKOUT) -> None:
    """Each file into the folder below `folder` that is called as the system calls it. `systemd`: its version there."""
    units, rules = checkout / "systemd", checkout / "hardware" / "udev"
    for pattern, into in (
        ("*.service", "systemd/system"),
        ("*.path", "systemd/system"),
        ("user/*.service", "systemd/user"),
        ("*.preset", "systemd/system-preset"),
    ):
        for file in sorted(units.glob(pattern)):
            _copy(file, folder / into / file.name)
    setup = folder / "systemd/system" / SETUP
    setup.write_text(
        with_sandbox(setup.read_text("utf-8"), (units / "edge-agent.service").read_text("utf-8"))
    )
    _copy(units / "edge-agent.sysusers", folder / "sysusers.d" / "edge-agent.conf")
    for file in sorted(rules.glob("*.rules")):
        _copy(file, folder / "udev" / "rules.d" / file.name)
    if systemd >= IMPORTS_SINCE:
        for file in sorted(units.glob("*-credentials.conf")):
            for unit in ("edge-agent.service", SETUP):
                _copy(file, folder / f"systemd/system/{unit}.d" / file.name)


def with_sandbox(unit: str, service: str) -> str:
    """A unit that may do what the unit `service` may, and gets the same keys."""
    return unit + service[service.index("UMask=") : service.index("[Install]")].rstrip() + "\n"


def _copy(file: Path, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, to)
    to.chmod(0o644)


if __name__ == "__main__":
    gather(Path(sys.argv[1]), int(sys.argv[2]))
