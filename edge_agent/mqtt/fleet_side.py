"""What the broker has to do with a fleet: it is told what came of signed settings, and may announce others. Pure."""

from __future__ import annotations

from collections.abc import Callable

from ..vocabulary.frozen import frozen


@frozen
class FleetSide:
    """`told`: what came of it, as the broker keeps it; empty: nothing. `announced`: somebody says there is news."""

    told: Callable[[], str]
    announced: Callable[[], None]
