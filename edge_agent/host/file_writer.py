"""Writes a small file in a thread: a card can take a second until what it was given survives a power cut."""

from __future__ import annotations

import logging
from errno import EAGAIN
from pathlib import Path
from threading import Lock, Thread
from time import monotonic

from ..files.whole import replace

RETRY_S = 10.0  # after a failure
FINISH_S = 0.3  # at the end, for what was not written yet

log = logging.getLogger(__name__)


class FileWriter:
    """In order; of several texts that wait, the last is written. The thread ends when nothing waits. `kept`: what is in
    it, for people."""

    def __init__(self, file: Path, kept: str) -> None:
        self._file, self._kept = file, kept
        self._lock = Lock()
        self._waiting: str | None = None
        self._writing: Thread | None = None
        self._failed: tuple[str, float] | None = None  # what could not be written, and when
        self.failure: OSError | None = None  # of the last that was written

    def write(self, text: str) -> None:
        """Takes no time. Durable when `flush` says so, or soon."""
        with self._lock:
            self._waiting = text
            if self._writing is None:
                self._start()

    @property
    def saved(self) -> bool | None:
        """Whether the last text is on the card; None: it is on its way."""
        return self.failure is None if self._writing is None else None

    @property
    def fault(self) -> str:
        """Why the last text could not be saved, a sentence; empty: it was, or is on its way."""
        if not self.failure:
            return ""
        return f"a restart will forget {self._kept}: cannot save {self._file}: {self.failure.strerror}"

    def finish(self, patience_s: float = FINISH_S) -> None:
        """Wait until everything is on the card; at the end, not for a card that hangs."""
        if not self.flush(patience_s):
            log.warning("the last change of %s may be lost: %s is slow", self._kept, self._file)

    def retry(self) -> None:
        """What could not be written, some seconds later. To be called now and then."""
        if self._failed and self.saved is False and monotonic() - self._failed[1] >= RETRY_S:
            self.write(self._failed[0])

    def flush(self, patience_s: float) -> bool:
        """Waits so long; whether nothing is left to be written."""
        if writing := self._writing:
            writing.join(patience_s)
        return self._writing is None and self._waiting is None

    def _start(self) -> None:
        thread = Thread(target=self._write, name="writer", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:
            self._fail(self._waiting or "", OSError(EAGAIN, str(error)))
        else:
            self._writing = thread

    def _write(self) -> None:
        while (text := self._take()) is not None:
            try:
                replace(self._file, text)
                self.failure = self._failed = None
            except OSError as error:
                self._fail(text, error)

    def _fail(self, text: str, error: OSError) -> None:
        self._failed, self.failure = (text, monotonic()), error

    def _take(self) -> str | None:
        with self._lock:
            text, self._waiting = self._waiting, None
            if text is None:
                self._writing = None
            return text
