"""A WebSocket that reads in small pieces, with a turn of the event loop between them where that takes long.

The system hands over up to 256 KiB together, and WebSockets parses that in one go: with the smallest frames there are,
that is 87,000 of them.
"""

from __future__ import annotations

from collections import deque
from typing import Any

from websockets.asyncio.client import ClientConnection

SLICE_BYTES = 16384  # a message with 200 ms of sound has 12,800
BUSY_S = 0.005  # of reading without a pause, before everybody else gets a turn


class SlicedConnection(ClientConnection):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._unread: deque[bytes] = deque()

    def data_received(self, data: bytes) -> None:
        is_due = bool(self._unread)
        self._unread.extend(data[at : at + SLICE_BYTES] for at in range(0, len(data), SLICE_BYTES))
        if not is_due:
            self._read_slices()

    def eof_received(self) -> None:
        self._read_all()
        super().eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        self._read_all()
        super().connection_lost(exc)

    def _read_slices(self) -> None:
        until = self.loop.time() + BUSY_S
        while self._unread:
            super().data_received(self._unread.popleft())
            if self._unread and self.loop.time() >= until:
                # again and again: WebSockets resumes reading whenever its own queue is short
                self.transport.pause_reading()
                self.loop.call_soon(self._read_on)
                return

    def _read_on(self) -> None:
        if self._unread:
            self._read_slices()
            if not (self._unread or self.recv_messages.paused):
                self.transport.resume_reading()

    def _read_all(self) -> None:
        while self._unread:
            super().data_received(self._unread.popleft())
