"""From proven settings to others and, if they do not work, back: in steps, after each of which the power may be cut."""

from __future__ import annotations

from collections.abc import Callable, Generator

from ..config.document import parse_document
from ..config.fleet_settings import FleetPart
from .kept import KeptStanding
from .merge import refused


def begin(
    kept: KeptStanding,
    part: FleetPart,
    *,
    allowed: str,
    check: Callable[[], str],
    reload: Callable[[], None],
    now_s: float,
) -> Generator[str, None, bool]:
    """Whether the device was told to use it. `check`: why the configuration as it is now is wrong; empty: it is not.
    `reload` once nobody talks. Raises OSError: nothing has changed."""
    kept.keep(kept.now.begun(part, now_s))
    yield "kept as a trial"
    if complaint := refused(part.target, parse_document(part.text, part.target, []), allowed) or check():
        kept.keep(kept.now.failed(complaint, now_s))
        yield "rejected"
        return False
    reload()
    yield "told the device"
    return True


def end(
    kept: KeptStanding, complaint: str, reload: Callable[[], None], now_s: float
) -> Generator[str, None, None]:
    """Of a trial; with a `complaint`, back to what was proven."""
    if not complaint:
        kept.keep(kept.now.passed(now_s))
        yield "proven"
        return
    kept.keep(kept.now.failed(complaint, now_s))
    yield "rejected"
    reload()
    yield "told the device"
