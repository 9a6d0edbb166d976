"""Quantiles as people read them: a value that was measured, not one between two."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil


def quantile(values: Sequence[float], at: float) -> float:
    """The smallest value that at least this share of all does not exceed."""
    return sorted(values)[max(0, ceil(at * len(values)) - 1)]
