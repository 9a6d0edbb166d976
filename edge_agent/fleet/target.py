"""What a fleet has published: targets, and for whom and when each of them is. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, field
from enum import StrEnum
from typing import Any

from ..vocabulary.frozen import frozen

PLAN = "plan.json"  # the target that has all others
LARGEST_PLAN, LARGEST_PART, LARGEST_PACKAGE = 1 << 20, 1 << 16, 1 << 29  # bytes
FORMAT = 1


class TargetKind(StrEnum):
    CONFIG = "config"
    RELEASE = "release"


@frozen
class Stage:
    """From `after_h` hours after the beginning on, it is for this share of the devices, in %."""

    share: float = 100.0
    after_h: float = 0.0


@frozen
class FleetRelease:
    """Of a Debian package of edge-agent. `version`: as the package has it, as in 0.3.0+deb13. `architecture`: as dpkg
    calls it. `may_be_older`: it takes the place of a newer one too."""

    version: str
    architecture: str
    may_be_older: bool = False


@frozen
class FleetTarget:
    """`path`: its name in the repository. `number`: of two, the higher counts. `names`: of devices, or their tags;
    empty: all. `begins_s`: Unix time. It stops itself when more than `stop_above` % of those that tried it have
    failed, and at least `stop_after` have. `release`: of the kind RELEASE only."""

    path: str
    sha256: str
    length: int
    kind: TargetKind
    number: int
    begins_s: float
    names: tuple[str, ...] = ()
    stages: tuple[Stage, ...] = field(default_factory=lambda: (Stage(),))
    stop_above: float = 10.0
    stop_after: int = 3
    release: FleetRelease | None = None

    def as_json(self) -> dict[str, Any]:
        told = {
            "path": self.path,
            "sha256": self.sha256,
            "length": self.length,
            "kind": str(self.kind),
            "number": self.number,
            "begins_s": self.begins_s,
            "names": list(self.names),
            "stages": [[stage.share, stage.after_h] for stage in self.stages],
            "stop_above": self.stop_above,
            "stop_after": self.stop_after,
        }
        return told | ({"release": asdict(self.release)} if self.release else {})


def plan_text(targets: Iterable[FleetTarget]) -> str:
    """The plan, in the order of their numbers."""
    listed = sorted(targets, key=lambda target: target.number)
    return json.dumps({"format": FORMAT, "targets": [target.as_json() for target in listed]}, indent=1) + "\n"


def read_plan(text: str) -> tuple[FleetTarget, ...]:
    """Of a plan whose signature was checked. Raises ValueError: it is of another format."""
    try:
        plan = json.loads(text)
        if plan["format"] == FORMAT:
            # others are for versions that know them
            return tuple(_read(entry) for entry in plan["targets"] if entry["kind"] in set(TargetKind))
    except (KeyError, TypeError, RecursionError):
        pass
    raise ValueError("the plan of the fleet is not of a format that this version knows; update edge-agent")


def _read(entry: dict[str, Any]) -> FleetTarget:
    """Raises KeyError, TypeError, ValueError."""
    return FleetTarget(
        path=str(entry["path"]),
        sha256=str(entry["sha256"]),
        length=int(entry["length"]),
        kind=TargetKind(entry["kind"]),
        number=int(entry["number"]),
        begins_s=float(entry["begins_s"]),
        names=tuple(map(str, entry["names"])),
        stages=tuple(Stage(float(share), float(after_h)) for share, after_h in entry["stages"]),
        stop_above=float(entry["stop_above"]),
        stop_after=int(entry["stop_after"]),
        release=_read_release(entry["release"]) if entry["kind"] == TargetKind.RELEASE else None,
    )


def _read_release(entry: dict[str, Any]) -> FleetRelease:
    return FleetRelease(str(entry["version"]), str(entry["architecture"]), bool(entry["may_be_older"]))
