"""Notices a peer that vanished silently: pings, often during a turn, rarely otherwise.

A partition that drops packets looks like silence; TCP itself may take a quarter of an hour to give up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import monotonic

from websockets.asyncio.client import ClientConnection

from .tcp import taken

# seconds between pings, and to wait for a sign of life after one
IN_TURN_S = 2.0, 3.0  # together well below the 8 s after which people give up
AT_REST_S = 10.0, 6.0


class Keepalive:
    def __init__(self, socket: ClientConnection, clock: Callable[[], float] = monotonic) -> None:
        self._socket, self._clock = socket, clock
        self._alive_at = clock()
        self._times = AT_REST_S
        self._hurried = asyncio.Event()

    def heard(self) -> None:
        """Something came from the peer."""
        self._alive_at = self._clock()

    def attend(self, in_turn: bool) -> None:
        """Whether somebody talks, and would notice."""
        times = IN_TURN_S if in_turn else AT_REST_S
        if times != self._times:
            self._times = times
            self._hurried.set()

    async def watch(self) -> float:
        """Waits until the peer no longer responds; returns for how many seconds. Ends with the connection."""
        while True:
            self._hurried.clear()
            pause_s = self._alive_at + self._times[0] - self._clock()
            if pause_s > 0:
                try:
                    async with asyncio.timeout(pause_s):
                        await self._hurried.wait()
                except TimeoutError:
                    pass
                continue
            if not await self._ping():
                return self._clock() - self._alive_at

    async def _ping(self) -> bool:
        asked_at, patience_s = self._clock(), self._times[1]
        before, _ = taken(self._socket.transport)
        try:
            async with asyncio.timeout(patience_s):
                await (await self._socket.ping())
        except TimeoutError:
            after, more = taken(self._socket.transport)
            uploading = more and after > before  # a slow network is not a dead one
            return self._alive_at > asked_at or uploading
        self.heard()
        return True
