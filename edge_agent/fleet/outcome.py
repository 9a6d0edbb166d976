"""What came of a target on a device, as it tells others. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from ..vocabulary.frozen import frozen
from ..vocabulary.text import harmless
from .target import TargetKind

LONGEST = 4096  # bytes
LONGEST_WHY = 300  # characters
END_S = 4_102_444_800  # the year 2100


class OutcomeStep(StrEnum):
    WAITING = "waiting"  # until nobody talks, and there is a link; or to be tried again
    TRYING = "trying"
    APPLIED = "applied"
    FAILED = "failed"


@frozen
class FleetOutcome:
    """`why` it waits or has failed, a sentence. `at_s`: Unix time. `version`: of a release."""

    target: str
    sha256: str
    kind: TargetKind
    step: OutcomeStep
    why: str = ""
    at_s: float = 0.0
    version: str = ""


@frozen
class DeviceReport:
    """What a device tells others. `version`: the one that runs. `settings`, `release`: what came of the last; None:
    there was none yet."""

    version: str = ""
    settings: FleetOutcome | None = None
    release: FleetOutcome | None = None

    @property
    def outcomes(self) -> tuple[FleetOutcome, ...]:
        return tuple(filter(None, (self.settings, self.release)))


@frozen
class Tally:
    """Of the devices that tried a target to the end."""

    tried: int = 0
    failed: int = 0


def report_text(report: DeviceReport) -> str:
    told = outcome_json(report.settings) if report.settings else {}
    told["version"] = report.version
    if report.release:
        told["release"] = outcome_json(report.release)
    return json.dumps(told, ensure_ascii=False)  # six bytes for a character could be too many


def read_report(text: str | bytes) -> DeviceReport | None:
    """Of any device, or of somebody who pretends to be one; None: it is not valid."""
    try:
        told: dict[str, Any] = json.loads(text) if len(text) <= LONGEST else {}
        return DeviceReport(
            harmless(str(told["version"])),
            outcome_of(told) if "step" in told else None,
            outcome_of(told["release"]) if "release" in told else None,
        )
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None


def outcome_json(outcome: FleetOutcome) -> dict[str, Any]:
    told = {
        "target": outcome.target,
        "sha256": outcome.sha256,
        "kind": str(outcome.kind),
        "step": str(outcome.step),
        "why": outcome.why,
        "at_s": round(outcome.at_s),
    }
    return told | ({"version": outcome.version} if outcome.kind is TargetKind.RELEASE else {})


def outcome_of(told: dict[str, Any]) -> FleetOutcome:
    """Raises ValueError, KeyError, TypeError, OverflowError: it is not valid."""
    if not 0 <= (at_s := float(told["at_s"])) < END_S:
        raise ValueError("at no time that can be right")
    kind = TargetKind(told["kind"])
    return FleetOutcome(
        harmless(str(told["target"])),
        str(told["sha256"]),
        kind,
        OutcomeStep(told["step"]),
        harmless(str(told["why"])),
        at_s,
        harmless(str(told["version"])) if kind is TargetKind.RELEASE else "",
    )


def tally(outcomes: Iterable[FleetOutcome], sha256: str) -> Tally:
    steps = [outcome.step for outcome in outcomes if outcome.sha256 == sha256]
    failed = steps.count(OutcomeStep.FAILED)
    return Tally(steps.count(OutcomeStep.APPLIED) + failed, failed)
