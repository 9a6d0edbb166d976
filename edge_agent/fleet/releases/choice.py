"""Which release is for this device. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping

from ...vocabulary.frozen import frozen
from ..outcome import Tally
from ..plan import Member, wanted
from ..target import FleetRelease, FleetTarget

SUITE = re.compile(r"\+deb(\d+)$")


@frozen
class Host:
    """`architecture`: as dpkg calls it. `debian`: its release, as in 13. `version`: of edge-agent, that runs here."""

    architecture: str
    debian: str
    version: str


def program_version(version: str) -> str:
    """0.3.0 of the package 0.3.0+deb13."""
    return SUITE.sub("", version)


def debian_of(version: str) -> str:
    """13 of the package 0.3.0+deb13; empty: it is for none."""
    found = SUITE.search(version)
    return found[1] if found else ""


def fits(release: FleetRelease, host: Host) -> bool:
    return (release.architecture, debian_of(release.version)) == (host.architecture, host.debian)


def wanted_release(
    targets: Iterable[FleetTarget],
    member: Member,
    host: Host,
    now_s: float,
    *,
    is_newer: Callable[[str, str], bool],
    tallies: Mapping[str, Tally],
    has: Collection[str] = (),
) -> FleetTarget | None:
    """The newest that is for this device now, if it is another than the one that runs; `tallies` and `has` as in
    `plan.wanted`. `is_newer`: whether the first of two versions is."""
    fitting = [target for target in targets if target.release and fits(target.release, host)]
    target = wanted(fitting, member, now_s, tallies=tallies, has=has)
    if not (target and target.release):
        return None
    version = program_version(target.release.version)
    if version == host.version:
        return None
    return target if target.release.may_be_older or is_newer(version, host.version) else None
