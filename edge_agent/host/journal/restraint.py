"""Keeps a log readable, and the card below it alive, where something happens over and over."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

WINDOW_S = 60.0
MOST_LINES = 60  # of a kind, in this time
MOST_KINDS = 200


@dataclass(slots=True)
class _Kind:
    began: float
    lines: int = 0
    left_out: int = 0


class Restraint(logging.Filter):
    """Lets so many lines of a kind pass in a minute; the next that passes says how many did not.

    A kind is an EVENT of the journal, or a line of the code. Details (debug) are wanted by whoever has asked for them.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._kinds: dict[object, _Kind] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.INFO:
            return True
        now, key = self._clock(), _kind_of(record)
        kind = self._kinds.get(key)
        if kind is None or now - kind.began >= WINDOW_S:
            if kind and kind.left_out:
                record.msg, record.args = f"{record.getMessage()} ({kind.left_out} more like this before)", ()
            self._kinds.pop(key, None)
            self._kinds[key] = kind = _Kind(now)
            while len(self._kinds) > MOST_KINDS:
                del self._kinds[next(iter(self._kinds))]
        kind.lines += 1
        if kind.lines <= MOST_LINES:
            return True
        kind.left_out += 1
        return False


def _kind_of(record: logging.LogRecord) -> object:
    event = getattr(record, "fields", {}).get("EVENT")
    return event or (record.pathname, record.lineno)
