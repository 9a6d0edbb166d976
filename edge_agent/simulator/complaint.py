"""Why the simulated service refuses an event."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Complaint:
    code: str
    message: str
    param: str | None
