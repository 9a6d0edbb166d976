"""A connection to the service, for probes: all that is heard is kept, with its time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from time import monotonic

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus

from ..config import Config
from ..config.providers import PROVIDERS
from ..realtime.auth import Credential
from ..realtime.connection import Unredirected, session_url
from ..realtime.errors import what_next
from ..realtime.extra_headers import extra_headers
from ..realtime.proxy import proxy_to
from ..realtime.wire import Json
from .session_record import SessionRecord, SocketEnd

WRONG_KEY = "a-key-that-cannot-be-right"
LARGEST_FRAME = 16 * 2**20  # bytes
CLOSE_S = 1.0


class SocketWire:
    def __init__(self, socket: ClientConnection | None, record: SessionRecord) -> None:
        """`socket` None: it was refused."""
        self._socket, self.record = socket, record
        self._changed = asyncio.Event()
        self._reading = asyncio.create_task(self._read()) if socket else None

    @property
    def now(self) -> float:
        return monotonic()

    async def send(self, event: Json) -> None:
        """Nothing is sent to a connection that is over."""
        if self._socket:
            with suppress(ConnectionClosed):
                await self._socket.send(json.dumps(event))

    async def until(self, at: float, holds: Callable[[], bool] = lambda: False) -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, at - monotonic())):
                while not (holds() or self.record.is_over):
                    self._changed.clear()
                    await self._changed.wait()
        return holds()

    async def close(self) -> None:
        if self._socket and self._reading:
            self._reading.cancel()
            with suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_S):
                    await self._socket.close()
            self._socket.transport.abort()

    async def _read(self) -> None:
        assert self._socket
        try:
            async for frame in self._socket:
                self._take(frame)
        except ConnectionClosed:
            pass
        self.record.ending = SocketEnd(self._socket.close_code, monotonic())
        self._changed.set()

    def _take(self, frame: str | bytes) -> None:
        """What is not an event is passed over."""
        try:
            event = json.loads(frame)
        except (ValueError, RecursionError):
            return
        if isinstance(event, dict):
            self.record.heard.append((monotonic(), event))
            self._changed.set()


async def open_wire(config: Config, credential: Credential, *, wrong_key: bool = False) -> SocketWire:
    """Raises LinkFailure where there is nothing to sign in with."""
    headers = extra_headers(config.service.headers) | await credential.headers()
    if wrong_key:
        headers |= {name: _wrong(value) for name, value in headers.items() if name in _proofs(config)}
    record = SessionRecord(monotonic())
    address = session_url(config)
    try:
        socket = await Unredirected(
            address,
            additional_headers=headers,
            proxy=proxy_to(address, config.service.proxy),
            compression=None,
            max_size=LARGEST_FRAME,
            open_timeout=config.service.connect_timeout_s,
        )
    except InvalidStatus as error:
        record.refused = f"HTTP {error.response.status_code}"
    except Exception as error:  # each is told in words
        record.refused = what_next(error).message
    else:
        return SocketWire(socket, record)
    return SocketWire(None, record)


def _proofs(config: Config) -> tuple[str, ...]:
    """The headers that a key may be in."""
    return ("Authorization", PROVIDERS[config.service.provider].key_header)


def _wrong(value: str) -> str:
    return f"Bearer {WRONG_KEY}" if value.startswith("Bearer ") else WRONG_KEY
