"""Which target is for this device. Pure.

Every device decides by itself, from what was signed: whoever announces news, or tells what came of it, can only make
the device look sooner, or wait.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping

from ..vocabulary.frozen import frozen
from .outcome import Tally
from .target import FleetTarget

HOUR_S = 3600.0
PARTS = 1 << 32


@frozen
class Member:
    """This device."""

    name: str
    tags: tuple[str, ...] = ()


def position(target: FleetTarget, member: Member) -> float:
    """Where it stands among all devices, in %: the same for this content, another one for the next, so that it is not
    always the same devices that try first."""
    digest = hashlib.sha256(f"{target.sha256} {member.name}".encode()).digest()
    return int.from_bytes(digest[:4], "big") / PARTS * 100


def is_for(target: FleetTarget, member: Member) -> bool:
    """Some day."""
    return not target.names or not {member.name, *member.tags}.isdisjoint(target.names)


def has_come(target: FleetTarget, member: Member, now_s: float) -> bool:
    """Whether a stage that has begun has it."""
    since_h = (now_s - target.begins_s) / HOUR_S
    share = max((stage.share for stage in target.stages if stage.after_h <= since_h), default=0.0)
    return position(target, member) < share


def has_stopped(target: FleetTarget, tally: Tally) -> bool:
    """Too many of those that tried it have failed."""
    return tally.tried >= target.stop_after and tally.failed * 100 > target.stop_above * tally.tried


def wanted(
    targets: Iterable[FleetTarget],
    member: Member,
    now_s: float,
    *,
    tallies: Mapping[str, Tally],
    has: Collection[str] = (),
) -> FleetTarget | None:
    """The newest that is for this device now. `tallies`: by SHA-256. `has`: SHA-256 of what it has tried already: that
    is not taken away because it fails elsewhere."""
    chosen = [
        target
        for target in targets
        if is_for(target, member)
        and has_come(target, member, now_s)
        and (target.sha256 in has or not has_stopped(target, tallies.get(target.sha256, Tally())))
    ]
    return max(chosen, key=lambda target: target.number, default=None)
