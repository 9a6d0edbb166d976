"""Keeps a log readable, and the card below it alive, where something happens over and over."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

WINDOW_S = 60.0
MOST_LINES = 60  # of a kind, in this time
MOST_KINDS = 200
# what a device that comes and goes says each time, word for word
OF_DEVICES = frozenset({"device_started", "device_noted", "finding", "cleared"})
SAME_WINDOW_S, MOST_SAME = 600.0, 5


@dataclass(slots=True)
class _Kind:
    began: float
    lines: int = 0
    left_out: int = 0


class Restraint(logging.Filter):
    """Lets so many lines of a kind pass in a minute; the next that passes says how many did not.

    A kind is an EVENT of the journal, or a line of the code. Of devices, the same words pass less often still. Details
    (debug) are wanted by whoever has asked for them.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._kinds: dict[object, _Kind] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.INFO:
            return True
        event = getattr(record, "fields", {}).get("EVENT")
        words = record.getMessage()
        if event in OF_DEVICES and not self._passes(record, (event, words), SAME_WINDOW_S, MOST_SAME):
            return False
        return self._passes(record, event or (record.pathname, record.lineno), WINDOW_S, MOST_LINES)

    def _passes(self, record: logging.LogRecord, key: object, window_s: float, most: int) -> bool:
        now = self._clock()
        kind = self._kinds.get(key)
        if kind is None or now - kind.began >= window_s:
            if kind and kind.left_out:
                record.msg, record.args = f"{record.getMessage()} ({kind.left_out} more like this before)", ()
            self._kinds.pop(key, None)
            self._kinds[key] = kind = _Kind(now)
            while len(self._kinds) > MOST_KINDS:
                del self._kinds[next(iter(self._kinds))]
        kind.lines += 1
        if kind.lines <= most:
            return True
        kind.left_out += 1
        return False
