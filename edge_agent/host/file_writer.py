"""Writes a small file in a thread: a card can take a second until what it was given survives a power cut."""

from __future__ import annotations

from errno import EAGAIN
from pathlib import Path
from threading import Lock, Thread

from ..files import replace


class FileWriter:
    """In order; of several texts that wait, the last is written. The thread ends when nothing waits."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = Lock()
        self._waiting: str | None = None
        self._writing: Thread | None = None
        self.failure: OSError | None = None  # of the last that was written

    def write(self, text: str) -> None:
        """Takes no time. Durable when `flush` says so, or soon."""
        with self._lock:
            self._waiting = text
            if self._writing is None:
                self._start()

    def flush(self, patience_s: float) -> bool:
        """Waits so long; whether nothing is left to be written."""
        if writing := self._writing:
            writing.join(patience_s)
        return self._writing is None and self._waiting is None

    def _start(self) -> None:
        thread = Thread(target=self._write, name="writer", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:  # the next text tries again
            self.failure = OSError(EAGAIN, str(error))
        else:
            self._writing = thread

    def _write(self) -> None:
        while (text := self._take()) is not None:
            try:
                replace(self._file, text)
                self.failure = None
            except OSError as error:
                self.failure = error

    def _take(self) -> str | None:
        with self._lock:
            text, self._waiting = self._waiting, None
            if text is None:
                self._writing = None
            return text
