"""The machine on which releases are installed: apt and dpkg, the versions on the disk, and the running service."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ...install.changeover import take_back
from ...install.ending import CLEAN, STATE
from ...install.finish import last_of_not_ready
from ...install.home import Home
from ...install.pause import status_now
from ...install.process import call
from ...install.reasons import reason
from ...install.service import Systemd
from ..target import FleetRelease
from .package_file import NotOurs, release_of

USER = "edge-agent"
APT = (
    *("apt-get", "install", "--yes", "-qq", "--no-install-recommends", "--reinstall", "--allow-downgrades"),
    # whoever else installs is waited for; a configuration is its administrator's
    *("-o", "DPkg::Lock::Timeout=600", "-o", "Dpkg::Options::=--force-confold"),
)
QUIET = {**CLEAN, "DEBIAN_FRONTEND": "noninteractive"}
CHECKS = ("doctor", "--json", "--no-sound", "--no-panel")
# its configuration holds what the service keeps of its fleet: none of that may run as root
AS_SERVICE = ("setpriv", f"--reuid={USER}", f"--regid={USER}", "--init-groups", "--no-new-privs", "--")
PAUSE_S = 2.0
PATIENCE_S = 3600.0  # with somebody who talks


class AptInstaller:
    """As upgrade.Installer."""

    def __init__(self) -> None:
        self._home, self._systemd = Home(), Systemd()
        self._said = ""

    def heal(self) -> None:
        call("dpkg", "--configure", "--pending", environ=QUIET)

    def refuses(self, package: Path, release: FleetRelease) -> str:
        try:
            found = release_of(package)
        except NotOurs as why:
            return str(why)
        if (found.version, found.architecture) != (release.version, release.architecture):
            return (
                f"it is {found.version} for {found.architecture}, and was published as {release.version} for"
                f" {release.architecture}"
            )
        return ""

    def failing_checks(self) -> Mapping[str, str]:
        """As the service's own user, who has no key: what needs one fails before and after."""
        environ = {**CLEAN, "STATE_DIRECTORY": STATE}
        done = call(*AS_SERVICE, str(self._home.command), *CHECKS, environ=environ)
        try:
            checks = json.loads(done.stdout)["checks"]
            return {str(found["name"]): str(found["seen"]) for found in checks if found["status"] == "failed"}
        except (ValueError, KeyError, TypeError, RecursionError):
            return {"doctor": f"it says nothing: {done.stderr.strip()[-200:]}"}

    def install(self, package: Path) -> str:
        done = call(*APT, str(package), environ=QUIET)
        self._said = done.stdout
        return (
            f"apt cannot install it: {reason(done.stderr, 'the Debian archive')}" if done.returncode else ""
        )

    @property
    def runs(self) -> str:
        return self._home.shelf().current.rpartition("-")[0]

    def last_words(self) -> str:
        return last_of_not_ready(self._said)

    def roll_back(self) -> Iterator[str]:
        return take_back(self._home, self._systemd)


class LocalService:
    """As upgrade.WatchedService."""

    def __init__(self, systemd: Systemd | None = None) -> None:
        self._systemd = systemd or Systemd()

    def wait_for_pause(self) -> bool:
        until = self.monotonic() + PATIENCE_S
        while not self._may_be_stopped:
            if self.monotonic() > until:
                return False
            self.pause()
        return True

    @property
    def has_link(self) -> bool:
        """Where somebody has stopped the service, nothing can be seen of it."""
        return _has_link(status_now()) or self._systemd.get("ActiveState") == "inactive"

    @property
    def restarts(self) -> int:
        told = self._systemd.get("NRestarts")
        return int(told) if told.isdecimal() else 0

    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()

    def pause(self) -> None:
        time.sleep(PAUSE_S)

    @property
    def _may_be_stopped(self) -> bool:
        """Nobody talks, and it would be seen whether another version works."""
        status = status_now()
        return status.get("mode") in ("idle", "muted") and _has_link(status)


def _has_link(status: Mapping[str, Any]) -> bool:
    link = status.get("link")
    return isinstance(link, dict) and link.get("state") in ("up", "resting")
