"""Reads around what the WebSocket library does not take in the answer to an upgrade.

It stops at the first informational answer (1xx), behind which the real one comes, and takes no answer in HTTP/1.0,
as older proxies give, whose status it hides; and it loses the status where a body is larger than 1 MiB, or never ends
(websockets 17.4).
"""

from __future__ import annotations

import asyncio
import re

from .sliced import SlicedConnection

STATUS = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2})(?=[ \r\n])")
END = b"\r\n\r\n"
RETRY_AFTER = re.compile(rb"\r\nretry-after:[ \t]*([ -~]*?)[ \t]*\r\n", re.IGNORECASE)
LONGEST_HEAD = 64 * 1024  # bytes; the library refuses more


class AnswerHead:
    """The beginning of an answer, until its final head has begun."""

    def __init__(self) -> None:
        self._waiting = self._kept = b""
        self._final = False

    @property
    def refusal(self) -> tuple[int, str | None] | None:
        """Status and Retry-After of an answer that refuses; None: it does not, or has not come yet."""
        found = STATUS.match(self._kept)
        if found is None or (status := int(found[1])) < 200:
            return None
        wait = RETRY_AFTER.search(self._kept.partition(END)[0] + END)
        return status, wait[1].decode("ascii") if wait else None

    def feed(self, data: bytes) -> bytes:
        """What the library is to read of it; empty: nothing yet."""
        if self._final:
            if self._kept and END not in self._kept and len(self._kept) <= LONGEST_HEAD:
                self._kept += data
            return data
        self._waiting += data
        while found := STATUS.match(self._waiting):
            status = int(found[1])
            if status >= 200 or status == 101:
                break
            head, end, rest = self._waiting.partition(END)
            if not end and len(head) <= LONGEST_HEAD:
                return b""
            self._waiting = rest
        begins = self._waiting[:13]
        if found is None and len(self._waiting) < 13 and b"HTTP/1.1 100\r".startswith(begins[:7]):
            return b""
        self._final = True
        data, self._waiting = self._waiting, b""
        self._kept = data
        if found and status != 101 and data.startswith(b"HTTP/1.0"):
            data = b"HTTP/1.1" + data[8:]
        return data

    def rest(self) -> bytes:
        """What was held back, at the end of the connection."""
        held, self._waiting, self._final = self._waiting, b"", True
        return held


class Handshake(SlicedConnection):
    """`reached`: whether anybody was connected to: TCP, and TLS where it is wanted."""

    head: AnswerHead | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.head = AnswerHead()
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        if self.head is not None:
            data = self.head.feed(data)
        if data:
            super().data_received(data)

    def eof_received(self) -> None:
        if self.head is not None and (held := self.head.rest()):
            super().data_received(held)
        super().eof_received()
