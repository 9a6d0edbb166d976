"""Where the log goes: to the journal with all its fields, to a pipe with priorities, or to a terminal to be read.

Sources: systemd.journal-fields(7), sd-daemon(3) for the prefixes, systemd.exec(5) for JOURNAL_STREAM.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, TextIO

from .restraint import Restraint

Send = Callable[..., None]

COLOURS = {logging.ERROR: "31;1", logging.WARNING: "33", logging.DEBUG: "2"}


class ToJournal(logging.Handler):
    """`send` as systemd.journal.send."""

    def __init__(self, send: Send) -> None:
        super().__init__()
        self._send = send

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._send(self.format(record), **self._fields(record))
        except Exception:  # a log that fails must not be what ends the device
            self.handleError(record)

    def _fields(self, record: logging.LogRecord) -> dict[str, Any]:
        return {
            "PRIORITY": str(priority(record.levelno)),
            "SYSLOG_IDENTIFIER": "edge-agent",
            "LOGGER": record.name,
            "CODE_FILE": record.pathname,
            "CODE_LINE": record.lineno,
            "CODE_FUNC": record.funcName,
            **getattr(record, "fields", {}),
        }


class Prefixed(logging.Formatter):
    """For what systemd reads line by line."""

    def format(self, record: logging.LogRecord) -> str:
        return "\n".join(
            f"<{priority(record.levelno)}>{line}" for line in super().format(record).splitlines()
        )


class Coloured(logging.Formatter):
    """For people."""

    def __init__(self, colour: bool) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(message)s", "%H:%M:%S")
        self._colour = colour

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        code = COLOURS.get(record.levelno, "") if self._colour else ""
        return f"\x1b[{code}m{text}\x1b[0m" if code else text


def open_log(level: int, environ: Mapping[str, str] = os.environ, stream: TextIO | None = None) -> None:
    """All of the log, from now on, where this process was started."""
    stream = stream or sys.stderr
    handler: logging.Handler = logging.StreamHandler(stream)
    if _is_journal(stream, environ):
        if send := _journal():
            handler = ToJournal(send)
            handler.setFormatter(logging.Formatter("%(message)s"))
        else:
            handler.setFormatter(Prefixed())
    else:
        handler.setFormatter(Coloured(stream.isatty() and not environ.get("NO_COLOR")))
    handler.addFilter(Restraint())
    logging.basicConfig(handlers=[handler], level=level, force=True)
    quiet_libraries()


def quiet_libraries() -> None:
    """The link says what matters of them."""
    for name in ("websockets", "azure", "asyncio"):
        logging.getLogger(name).setLevel(logging.ERROR)


def fail(sentence: str) -> None:
    """Why this process ends: on a terminal as all commands say it."""
    if isinstance(logging.getLogger().handlers[0].formatter, Coloured):
        print(f"edge-agent: {sentence}", file=sys.stderr, flush=True)
    else:
        logging.getLogger("edge_agent").critical("%s", sentence)


def priority(level: int) -> int:
    """As syslog has them."""
    return (
        3 if level >= logging.ERROR else 4 if level >= logging.WARNING else 6 if level >= logging.INFO else 7
    )


def _is_journal(stream: TextIO, environ: Mapping[str, str]) -> bool:
    try:
        there = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return environ.get("JOURNAL_STREAM") == f"{there.st_dev}:{there.st_ino}"


def _journal() -> Send | None:
    try:
        send: Send = import_module("systemd.journal").send
    except ImportError:
        return None
    return send
