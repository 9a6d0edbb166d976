"""Whether the clock can be trusted."""

from __future__ import annotations

import ctypes
from contextlib import suppress
from datetime import date
from functools import cache
from pathlib import Path

from ..vocabulary.dates import can_be_right

SYNCHRONIZED = Path("/run/systemd/timesync/synchronized")
TIME_ERROR = 5  # adjtimex(2): nothing keeps the clock right


def synchronized(flag: Path = SYNCHRONIZED) -> bool | None:
    """Whether anything keeps this clock right; None: the system does not tell."""
    if flag.exists():
        return True
    with suppress(OSError, AttributeError):
        state = _libc().adjtimex(ctypes.create_string_buffer(512))  # all zero: it only reads
        return None if state < 0 else bool(state != TIME_ERROR)
    return None


@cache
def _libc() -> ctypes.CDLL:
    """Once: it is looked for by name, and the device asks every two seconds."""
    return ctypes.CDLL(None)


def trusted(today: date, kept_right: bool | None) -> date | None:
    """The date, if there is reason to believe it. `kept_right`: as `synchronized` says."""
    return today if kept_right and can_be_right(today) else None
