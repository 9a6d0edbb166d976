"""What runs here, as Debian tells."""

from __future__ import annotations

import platform

from ... import __version__
from ...install.packages import is_installed
from ...install.process import succeeds, told
from .choice import Host
from .package_file import PACKAGE

NO_PACKAGE = (
    "this device was not installed from the Debian package, and releases of a fleet are such packages"
)


def takes_packages() -> bool:
    return is_installed(PACKAGE)


def this_host() -> Host:
    """Nothing fits one that is not Debian."""
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        release = {}
    debian = release.get("VERSION_ID", "") if release.get("ID") == "debian" else ""
    return Host(told("dpkg", "--print-architecture"), debian, __version__)


def is_newer(version: str, other: str) -> bool:
    return succeeds("dpkg", "--compare-versions", version, "gt", other)
