"""What a device has of its fleet: what was proven, what is on trial, what did not work. Pure.

One record, written whole: wherever the power is cut, the device starts with what was proven last. There is one of
settings, and another of releases, whose parts have the version for a text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import field, replace
from typing import Any

from ..config.fleet_settings import FleetPart
from ..vocabulary.frozen import frozen
from ..vocabulary.text import harmless
from .outcome import LONGEST_WHY, FleetOutcome, OutcomeStep, outcome_json, outcome_of
from .target import TargetKind

TRIES = 3  # of a part, by a device that ends each time
MOST_KEPT = 16  # of what was tried and did not work
NOTHING = FleetPart("", "", "")  # the fleet sets nothing


@frozen
class Standing:
    """`proven`: the part in use; nothing while there was none. `trial`: the one in use instead, until it is proven.
    `tries`: how often what is not proven was tried; `rejected`: why it is not tried again; both by SHA-256. `outcome`:
    of the last, for others."""

    kind: TargetKind = TargetKind.CONFIG
    proven: FleetPart = NOTHING
    trial: FleetPart | None = None
    tries: Mapping[str, int] = field(default_factory=dict)
    rejected: Mapping[str, str] = field(default_factory=dict)
    outcome: FleetOutcome | None = None

    @property
    def in_use(self) -> FleetPart:
        return self.trial or self.proven

    @property
    def tried(self) -> tuple[str, ...]:
        """SHA-256 of what was tried to the end."""
        return (self.proven.sha256, *self.rejected)

    def judged(self, part: FleetPart, now_s: float) -> Standing:
        """As it was signed for this device now: what was proven is what it should have, or cannot be had."""
        if part.sha256 == self.proven.sha256:
            return self if self.tells_of(part) else self._told(part, OutcomeStep.APPLIED, now_s)
        if why := self.rejected.get(part.sha256):
            return self if self.tells_of(part) else self._told(part, OutcomeStep.FAILED, now_s, why)
        return self

    def can_be_tried(self, part: FleetPart) -> bool:
        return (
            part.sha256 != self.proven.sha256
            and part.sha256 not in self.rejected
            and self.tries.get(part.sha256, 0) < TRIES
            and self.trial is None
        )

    def waits(self, part: FleetPart, why: str, now_s: float) -> Standing:
        return self._told(part, OutcomeStep.WAITING, now_s, why)

    def withdrawn(self) -> Standing:
        """Nothing is wanted of this device now, so nothing waits."""
        waits = self.outcome and self.outcome.step is OutcomeStep.WAITING
        return replace(self, outcome=None) if waits else self

    def begun(self, part: FleetPart, now_s: float) -> Standing:
        tries = {**self.tries, part.sha256: self.tries.get(part.sha256, 0) + 1}
        return replace(self, trial=part, tries=_last(tries))._told(part, OutcomeStep.TRYING, now_s)

    def passed(self, now_s: float) -> Standing:
        """The part on trial."""
        assert self.trial
        proven = replace(self, proven=self.trial, trial=None, tries={})
        return proven._told(self.trial, OutcomeStep.APPLIED, now_s)

    def failed(self, why: str, now_s: float) -> Standing:
        """The part on trial. NOTHING, which leaves the device's own file, is tried again: its owner can mend that."""
        assert self.trial
        sha256, why = self.trial.sha256, harmless(why, LONGEST_WHY)
        rejected = self.rejected if self.trial == NOTHING else _last({**self.rejected, sha256: why})
        tries = {other: times for other, times in self.tries.items() if other != sha256}
        failed = replace(self, trial=None, rejected=rejected, tries=tries)
        return failed._told(self.trial, OutcomeStep.FAILED, now_s, why)

    def restarted(self, now_s: float, why: str = "the trial was broken off") -> Standing:
        """The device has ended during a trial, or the power was cut: it starts with what was proven."""
        if not self.trial:
            return self
        if (times := self.tries.get(self.trial.sha256, 0)) >= TRIES:
            failed = self.failed(f"after {times} attempts: {why}", now_s)
            return replace(failed, tries=self.tries)
        return replace(self, trial=None)._told(self.trial, OutcomeStep.WAITING, now_s, why)

    def tells_of(self, part: FleetPart) -> bool:
        """Whether what was told last was about it."""
        return self.outcome is not None and self.outcome.sha256 == part.sha256

    def failure_of(self, part: FleetPart) -> FleetOutcome | None:
        """What was told last, if that is that this part does not work."""
        told = self.outcome if self.tells_of(part) else None
        return told if told and told.step is OutcomeStep.FAILED else None

    def _told(self, part: FleetPart, step: OutcomeStep, now_s: float, why: str = "") -> Standing:
        version = part.text if self.kind is TargetKind.RELEASE else ""
        outcome = FleetOutcome(part.target, part.sha256, self.kind, step, why, now_s, version)
        return replace(self, outcome=outcome)


def _last(entries: dict[str, Any]) -> dict[str, Any]:
    return dict(list(entries.items())[-MOST_KEPT:])


def standing_text(standing: Standing) -> str:
    def part(of: FleetPart | None) -> Any:
        return of and [of.target, of.sha256, of.text]

    return json.dumps(
        {
            "kind": str(standing.kind),
            "proven": part(standing.proven),
            "trial": part(standing.trial),
            "tries": dict(standing.tries),
            "rejected": dict(standing.rejected),
            "outcome": standing.outcome and outcome_json(standing.outcome),
        },
        indent=1,
    )


def read_standing(text: str) -> Standing:
    """Raises ValueError: it is damaged."""
    try:
        kept = json.loads(text)
        return Standing(
            TargetKind(kept["kind"]),
            FleetPart(*map(str, kept["proven"])),
            FleetPart(*map(str, kept["trial"])) if kept["trial"] else None,
            {str(sha256): int(times) for sha256, times in kept["tries"].items()},
            {str(sha256): str(why) for sha256, why in kept["rejected"].items()},
            outcome_of(kept["outcome"]) if kept["outcome"] else None,
        )
    except (KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        raise ValueError("it is damaged") from None
