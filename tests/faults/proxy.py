"""What is between the device and the service: a TCP proxy on loopback that can be cut, frozen and slowed down.

A frozen proxy is a network box that hangs: what is sent is still acknowledged, by this machine, and is delivered
late when it thaws. A network that loses every packet is `netns`.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import Literal
from urllib.parse import urlsplit

CHUNK = 64 * 1024  # bytes
BEATS_HZ = 20  # how often bytes come through a throttled proxy
NewOnes = Literal["relayed", "silent", "reset"]
Way = Literal["up", "down"]  # up: to the service


@dataclass(eq=False)
class Relay:
    """One connection of the device, and the one to the service that belongs to it."""

    at: float  # CLOCK_MONOTONIC, s
    passed: dict[Way, int] = field(default_factory=lambda: {"up": 0, "down": 0})  # bytes
    over: bool = False
    ends: list[asyncio.StreamWriter] = field(default_factory=list)


class Proxy:
    """`async with Proxy(service.url) as proxy:` listens on `proxy.url`.

    `holds`: how many bytes it takes at once; frozen, it holds a few times as many. None: much.
    """

    def __init__(self, target: str, *, holds: int | None = None) -> None:
        parts = urlsplit(target)
        self._scheme, self._target = parts.scheme, (parts.hostname, parts.port)
        self._server: asyncio.Server | None = None
        self._held: socket.socket | None = None  # keeps the port while connections are refused
        self._passing = asyncio.Event()
        self._passing.set()
        self._rate: float | None = None
        self._holds, self._chunk = holds, holds or CHUNK
        self._tasks: set[asyncio.Task[None]] = set()
        self.new_ones: NewOnes = "relayed"
        self.relays: list[Relay] = []  # one for each connection that was made
        self.port = 0

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self.port}"

    @property
    def attempts(self) -> list[float]:
        """When connections were made; a refused one is not seen."""
        return [relay.at for relay in self.relays]

    async def __aenter__(self) -> Proxy:
        await self.accept()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.refuse()
        assert self._held
        self._held.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # ---- what can be done to it -----------------------------------------
    def cut(self) -> None:
        """End all connections as if the other end had closed them (FIN)."""
        for writer in self._ends():
            writer.close()

    def reset(self) -> None:
        """End all connections with a TCP reset."""
        for writer in self._ends():
            _reset(writer)

    def freeze(self, new_ones: NewOnes = "silent") -> None:
        """Nothing passes any more, and no connection ends. New ones are accepted, and silent too, or reset."""
        self._passing.clear()
        self.new_ones = new_ones

    def thaw(self) -> None:
        """What was held back is delivered, late."""
        self._passing.set()
        self.new_ones = "relayed"

    def throttle(self, bytes_per_s: float | None) -> None:
        """So much passes each way, in drips; None: all of it."""
        self._rate = bytes_per_s

    async def refuse(self) -> None:
        """Nobody listens any more; connections go on."""
        if self._server:
            self._server.close()
            self._server, self._held = None, _bound(self.port)

    async def accept(self) -> None:
        """Listen, again on the same port."""
        if self._server is None:
            listener, self._held = self._held or _bound(0), None
            self.port = listener.getsockname()[1]
            if self._holds:
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self._holds)
            self._server = await asyncio.start_server(self._relay, sock=listener, limit=self._chunk)

    # ---- how it works ---------------------------------------------------
    def _ends(self) -> list[asyncio.StreamWriter]:
        return [writer for relay in self.relays for writer in relay.ends]

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        relay = Relay(monotonic(), ends=[writer])
        self.relays.append(relay)
        pumps: list[asyncio.Task[None]] = []
        try:
            if self.new_ones == "reset":
                return
            await self._passing.wait()
            service = await asyncio.open_connection(*self._target)
            relay.ends.append(service[1])
            pumps.append(asyncio.create_task(self._pump(relay, "up", reader, service[1])))
            pumps.append(asyncio.create_task(self._pump(relay, "down", service[0], writer)))
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            for end in relay.ends:
                end.close()  # what is written is still sent
        except (OSError, asyncio.CancelledError):
            pass  # the service is not there, or the proxy ends
        finally:
            relay.over = True
            for pump in pumps:
                pump.cancel()
            for end in relay.ends:
                if not end.is_closing():
                    _reset(end)
            relay.ends.clear()
            self._tasks.discard(task)

    async def _pump(
        self, relay: Relay, way: Way, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        with suppress(OSError):
            while data := await reader.read(self._chunk):
                while data:
                    await self._passing.wait()
                    rate = self._rate
                    size = len(data) if rate is None else max(1, int(rate / BEATS_HZ))
                    drip, data = data[:size], data[size:]
                    writer.write(drip)
                    await writer.drain()
                    relay.passed[way] += len(drip)
                    if rate is not None:
                        await asyncio.sleep(len(drip) / rate)
            await self._passing.wait()  # nor does the end pass


def _bound(port: int) -> socket.socket:
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("127.0.0.1", port))
    return sock


def _reset(writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):  # it is closed already
        linger = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.transport.abort()
