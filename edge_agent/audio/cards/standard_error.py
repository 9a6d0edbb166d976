"""Standard error of this process, where sound libraries write why something failed: nobody else is told.

It is a pipe of which this process, and the one that started it, have the other end.
"""

from __future__ import annotations

import os
from contextlib import suppress

MOST = 1 << 16  # bytes: what a pipe holds

_reader: int | None = None


def listen(reader: int) -> None:
    """To what is written from now on. Nobody waits for anybody: what does not fit is lost."""
    global _reader
    _reader = reader
    os.set_blocking(reader, False)
    os.set_blocking(2, False)


def written() -> str:
    """Since the last time."""
    return "" if _reader is None else drained(_reader)


def drained(reader: int) -> str:
    """All that is in the pipe now."""
    data = b""
    with suppress(BlockingIOError):
        while more := os.read(reader, MOST):
            data += more
            if len(data) >= MOST:
                break
    return data.decode("utf-8", "replace")
