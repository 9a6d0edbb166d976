"""Why the simulated service refuses an event."""

from __future__ import annotations

from ..vocabulary.frozen import frozen


@frozen
class Complaint:
    code: str
    message: str
    param: str | None
