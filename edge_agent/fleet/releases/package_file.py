"""What a Debian package says of itself."""

from __future__ import annotations

from pathlib import Path

from ...install.process import call
from ..target import FleetRelease
from .choice import debian_of

PACKAGE = "edge-agent"
FIELDS = ("Package", "Version", "Architecture")


class NotOurs(Exception):
    """Why a file is not a package of edge-agent, a sentence; and what to do."""


def release_of(file: Path) -> FleetRelease:
    """Raises NotOurs."""
    done = call("dpkg-deb", "--field", str(file), *FIELDS)
    if done.returncode == 127:
        raise NotOurs("dpkg-deb is missing, which reads packages; publish on Debian, or install dpkg")
    fields = dict(line.split(": ", 1) for line in done.stdout.splitlines() if ": " in line)
    if done.returncode or fields.keys() != set(FIELDS):
        raise NotOurs(f"{file} is not a Debian package; make one with ./scripts/build-deb")
    if fields["Package"] != PACKAGE:
        raise NotOurs(f"{file} is a package of {fields['Package']}, not of {PACKAGE}")
    if not debian_of(fields["Version"]):
        raise NotOurs(
            f"{file} has the version {fields['Version']}, which is for no release of Debian; make it with"
            " ./scripts/build-deb"
        )
    return FleetRelease(fields["Version"], fields["Architecture"])
