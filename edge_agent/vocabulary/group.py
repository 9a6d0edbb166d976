"""What the devices of a group tell each other, so that only one of them answers a call. Pure.

A call is a voice or a wake word. Events, commands and a notice, as `events`, `commands` and `notices` say.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from .frozen import frozen

# offline: it could only say that it has no link. engaged: it is in a turn, or speaks
Readiness: TypeAlias = Literal["offline", "ready", "engaged"]
READINESS: tuple[Readiness, ...] = ("offline", "ready", "engaged")


@frozen
class Claim:
    """Why a device should be the one that answers. `over_noise_db`: how loud the call was over the noise of the room.
    Between equals the name decides."""

    readiness: Readiness
    over_noise_db: float
    device: str

    def beats(self, other: Claim) -> bool:
        return self._rank > other._rank

    @property
    def _rank(self) -> tuple[int, float, str]:
        return READINESS.index(self.readiness), self.over_noise_db, self.device


@frozen
class GroupReached:
    """The others of the group can be told things, and know this device by this name; empty: they cannot."""

    device: str


@frozen
class CallClaimed:
    """Another device has heard a call."""

    claim: Claim


@frozen
class DeviceEngaged:
    """Another device is in a turn, or speaks; or it has stopped. Told again and again while it is."""

    device: str
    engaged: bool


@frozen
class ClaimCall:
    """Tell the group that this device has heard a call."""

    claim: Claim


@frozen
class TellEngaged:
    """Tell the group whether this device is in a turn, or speaks."""

    engaged: bool


@frozen
class CallYielded:
    """This device leaves a call to another. `reason`: nearer: that one hears it better, or was ready while this one
    was not. engaged: that one was in a turn already, or spoke itself."""

    to: str
    reason: Literal["nearer", "engaged"]


GroupEvent: TypeAlias = GroupReached | CallClaimed | DeviceEngaged
GroupCommand: TypeAlias = ClaimCall | TellEngaged
