"""Whether the owner of this device lets a fleet replace its program. Only files count that root alone can change."""

from __future__ import annotations

import stat
from pathlib import Path

from ...config import load
from ...config.fleet_settings import FleetSettings

OTHERS = stat.S_IWGRP | stat.S_IWOTH


class NoConsent(Exception):
    """Why nothing is done here, a sentence."""


def consent() -> tuple[FleetSettings, bytes]:
    """With the root.json that is trusted. Raises NoConsent."""
    config, problems = load()
    if problems:
        raise NoConsent(f"the configuration is wrong: {problems[0]}")
    fleet = config.fleet
    if not (config.path and fleet.repository and fleet.releases):
        raise NoConsent("fleet.releases of this device is off: its program is not changed by a fleet")
    root_file = Path(fleet.root_file)
    for file in (config.path, root_file):
        if place := changeable(file):
            raise NoConsent(f"others than root can change {place}; correct its owner and mode")
    return fleet, root_file.read_bytes()


def changeable(file: Path) -> Path | None:
    """What of it, or of the folders above it, others than root can change; None: nothing. Raises NoConsent."""
    try:
        whole = file.resolve(strict=True)
        for place in (whole, *whole.parents):
            status = place.stat()
            if status.st_uid or status.st_mode & OTHERS:
                return place
    except OSError as error:
        raise NoConsent(f"{file} cannot be read ({error.strerror})") from None
    return None
