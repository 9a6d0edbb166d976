"""Standard error of this process, where sound libraries write why something failed: nobody else is told.

It is a pipe of which this process, and the one that started it, have the other end.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress

MOST = 1 << 18  # bytes in the pipe: a board with many plugins can fill the usual 64 KiB

_reader: int | None = None


def pipe() -> tuple[int, int]:
    """(reader, writer). Raises OSError."""
    reader, writer = os.pipe()
    with suppress(OSError):  # there is a limit for each user
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, MOST)
    os.set_blocking(reader, False)
    return reader, writer


def listen(reader: int) -> None:
    """To what is written from now on. Nobody waits for anybody: what does not fit is lost."""
    global _reader
    _reader = reader
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
