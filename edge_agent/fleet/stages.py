"""How a roll-out in stages is written: 5,25:24,100:72. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import pairwise

from .target import Stage

MOST_HOURS = 10_000.0


def parse_stages(text: str) -> tuple[Stage, ...]:
    """Raises ValueError, which says what is wrong."""
    stages = tuple(map(_stage, text.split(",")))
    for before, after in pairwise(stages):
        if after.share <= before.share or after.after_h <= before.after_h:
            raise ValueError(
                f"{text!r}: each stage must have more devices than the one before, and come later"
            )
    return stages


def _stage(text: str) -> Stage:
    share_text, _, hours_text = text.partition(":")
    try:
        share, after_h = float(share_text), float(hours_text or 0)
    except ValueError:
        share = after_h = math.nan
    if not (0 < share <= 100 and 0 <= after_h <= MOST_HOURS):
        raise ValueError(
            f"{text.strip()!r} must be SHARE or SHARE:HOURS, as in 5 or 25:24 (a share above 0, to 100)"
        )
    return Stage(share, after_h)


def shown_stages(stages: Iterable[Stage]) -> str:
    return ", ".join(
        f"{stage.share:g} %" + (f" after {stage.after_h:g} h" if stage.after_h else "") for stage in stages
    )
