"""What the devices of a group say to each other over the broker, as JSON. Pure."""

from __future__ import annotations

import json

from ..vocabulary.commands import ClaimCall, GroupCommand
from ..vocabulary.events import CallClaimed, Claim, DeviceEngaged, GroupEvent
from ..vocabulary.group import READINESS

LOUDEST_DB = 100.0  # over the noise: no microphone has more


def message_of(command: GroupCommand) -> str:
    if isinstance(command, ClaimCall):
        claim = command.claim
        return json.dumps({"over_noise_db": claim.over_noise_db, "readiness": claim.readiness})
    return json.dumps({"engaged": command.engaged})


def event_of(device: str, payload: bytes) -> GroupEvent | None:
    """`device`: that has said it. None: it means nothing to this version."""
    try:
        told = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    match told:
        case {"engaged": bool(engaged)}:
            return DeviceEngaged(device, engaged)
        case {"over_noise_db": float() | int() as level_db, "readiness": str(readiness)}:
            known = [each for each in READINESS if each == readiness]
            if known and 0 <= level_db <= LOUDEST_DB:
                return CallClaimed(Claim(known[0], float(level_db), device))
    return None
