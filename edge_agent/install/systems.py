"""Whether this can be done here."""

from __future__ import annotations

import fcntl
import os
import platform
import shutil
from typing import IO

from ..vocabulary.bits import too_few_bits
from .packages import is_installed
from .process import Refused, told

LOCK = "/run/edge-agent-install.lock"  # everybody may write to /run/lock
RELEASES = ("12", "13")


def check() -> None:
    """Raises Refused."""
    if os.geteuid():
        raise Refused("this needs root: sudo ./scripts/install")
    if not shutil.which("apt-get"):
        raise Refused("there is no apt here; this is for Debian and Raspberry Pi OS")
    architecture = told("dpkg", "--print-architecture")
    if complaint := too_few_bits(int(told("getconf", "LONG_BIT") or 64), architecture):
        raise Refused(complaint)
    if architecture not in ("amd64", "arm64"):
        raise Refused(f"there are no packages for {architecture}; amd64 or arm64 is needed")
    release = platform.freedesktop_os_release()
    if release.get("ID") != "debian" or release.get("VERSION_ID") not in RELEASES:
        raise Refused(
            f"this is {release.get('ID')} {release.get('VERSION_ID', '')}; Debian or Raspberry Pi OS 12 or 13 is needed"
        )
    if is_installed("edge-agent"):
        raise Refused("the package edge-agent is installed: use apt, or 'apt remove edge-agent' first")


def lock() -> IO[str]:
    """Held as long as it is open. Raises Refused."""
    descriptor = os.open(LOCK, os.O_RDWR | os.O_CREAT, 0o600)  # reading is enough to hold a lock
    held = os.fdopen(descriptor, "w")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        held.close()
        raise Refused("another installation is running") from None
    return held
