"""The last lines of the log, for a page that shows them as they are written."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable

MOST_LINES, LONGEST_LINE = 200, 1000  # characters


class LogTail(logging.Handler):
    """`told` of each line; it may come from any thread."""

    def __init__(self, told: Callable[[str], None]) -> None:
        super().__init__(logging.INFO)
        self._told = told
        self.lines: deque[str] = deque(maxlen=MOST_LINES)
        self.setFormatter(logging.Formatter("%(asctime)s %(levelname)-7s %(message)s", "%H:%M:%S"))

    def emit(self, record: logging.LogRecord) -> None:
        line = self.format(record)[:LONGEST_LINE]
        self.lines.append(line)
        self._told(line)
