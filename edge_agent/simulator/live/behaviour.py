"""What a service of GPT-Live may do one way or another: nobody has written it down. Pure."""

from __future__ import annotations

from ...vocabulary.frozen import frozen


@frozen
class Behaviour:
    """`hears_bursts_at_once`: sound that comes faster than real time, and not at its pace. `muted_is_frozen`: muted
    sound does not move the clock. `least_billed_s`: of each session. `stops_when_told`: by an instruction."""

    hears_bursts_at_once: bool = False
    muted_is_frozen: bool = False
    least_billed_s: float = 0.0
    stops_when_told: bool = False
    takes_fixtures: bool = True
