"""Between the audio process and its parent: events up, commands down, over one socket pair.

Each message is its length and a pickle: both ends are this program, of the same version, and nobody else has
the socket. Neither end ever waits for the other: what cannot be sent now is kept.
"""

from __future__ import annotations

import pickle
import socket
import struct
from collections.abc import Iterator
from typing import Any

HEADER = struct.Struct("<I")


class Channel:
    """One end. All calls from one thread."""

    def __init__(self, end: socket.socket) -> None:
        end.setblocking(False)
        self._socket = end
        self._in = bytearray()
        self._out = bytearray()
        self.closed = False  # by the other end

    def fileno(self) -> int:
        return self._socket.fileno()

    @property
    def waiting(self) -> bool:
        """Whether something could not be sent yet: `flush` when the socket takes more."""
        return bool(self._out)

    def send(self, message: Any) -> None:
        data = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
        self._out += HEADER.pack(len(data)) + data
        self.flush()

    def flush(self) -> None:
        while self._out and not self.closed:
            try:
                del self._out[: self._socket.send(self._out)]
            except BlockingIOError:
                return
            except OSError:
                self.closed = True

    def receive(self) -> Iterator[Any]:
        """What has arrived, in order; nothing if nothing has. After what cannot be read the channel is closed."""
        while not self.closed:
            try:
                data = self._socket.recv(1 << 16)
            except BlockingIOError:
                break
            except OSError:
                data = b""
            self.closed = not data
            self._in += data
        while len(self._in) >= HEADER.size:
            (size,) = HEADER.unpack_from(self._in)
            end = HEADER.size + size
            if len(self._in) < end:
                break
            data = bytes(self._in[HEADER.size : end])
            del self._in[:end]
            try:
                message = pickle.loads(data)  # noqa: S301 - from our own process
            except Exception:  # a process that dies of its devices may write anything; pickle raises anything
                self._in.clear()
                self.closed = True
                return
            yield message

    def close(self) -> None:
        self._socket.close()
