"""What came of a target on a device, as it tells others. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable
from enum import StrEnum

from ..vocabulary.frozen import frozen
from ..vocabulary.text import harmless
from .target import TargetKind

LONGEST = 2048  # bytes
LONGEST_WHY = 300  # characters
END_S = 4_102_444_800  # the year 2100


class OutcomeStep(StrEnum):
    WAITING = "waiting"  # until nobody talks, and there is a link; or to be tried again
    TRYING = "trying"
    APPLIED = "applied"
    FAILED = "failed"


@frozen
class FleetOutcome:
    """`why` it waits or has failed, a sentence. `at_s`: Unix time."""

    target: str
    sha256: str
    kind: TargetKind
    step: OutcomeStep
    why: str = ""
    at_s: float = 0.0


@frozen
class Tally:
    """Of the devices that tried a target to the end."""

    tried: int = 0
    failed: int = 0


def outcome_text(outcome: FleetOutcome) -> str:
    return json.dumps(
        {
            "target": outcome.target,
            "sha256": outcome.sha256,
            "kind": str(outcome.kind),
            "step": str(outcome.step),
            "why": outcome.why,
            "at_s": round(outcome.at_s),
        },
        ensure_ascii=False,  # six bytes for a character could be too many
    )


def read_outcome(text: str | bytes) -> FleetOutcome | None:
    """Of any device, or of somebody who pretends to be one; None: it is not valid."""
    try:
        told = json.loads(text) if len(text) <= LONGEST else {}
        if not 0 <= (at_s := float(told["at_s"])) < END_S:
            return None
        return FleetOutcome(
            harmless(str(told["target"])),
            str(told["sha256"]),
            TargetKind(told["kind"]),
            OutcomeStep(told["step"]),
            harmless(str(told["why"])),
            at_s,
        )
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None


def tally(outcomes: Iterable[FleetOutcome], sha256: str) -> Tally:
    steps = [outcome.step for outcome in outcomes if outcome.sha256 == sha256]
    failed = steps.count(OutcomeStep.FAILED)
    return Tally(steps.count(OutcomeStep.APPLIED) + failed, failed)
