"""What a device knows of its own membership, whoever looks for news of it: the device, or root."""

from __future__ import annotations

import socket
from datetime import date

from ..config.fleet_settings import FleetSettings
from ..config.setting import listed
from ..vocabulary.dates import can_be_right
from .plan import Member


def member_of(settings: FleetSettings) -> Member:
    """Who this device is in its fleet."""
    return Member(settings.name or socket.gethostname(), tuple(listed(settings.tags)))


def cannot_judge() -> str:
    """Why it cannot be known now what is signed, a sentence; empty: it can."""
    if can_be_right(date.today()):  # noqa: DTZ011 - roughly
        return ""
    return "the clock is wrong, and signatures are valid until a time; see timedatectl"
