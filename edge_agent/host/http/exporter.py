"""Serves the metrics over HTTP, for Prometheus, where the configuration wants that.

On the event loop, without a thread: one page, made at most once a second. One client is let in at a time, with a pause
after it, and who is slow, silent or wordy is cut off: neither a hundred scrapers nor a hostile one take more than
a small share of the processor, and none can hold up the sound, which runs elsewhere.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from time import monotonic

from ...config.addresses import host_and_port
from ...telemetry.metrics import Report
from ..clients import Clients

MISSING = 'metrics need prometheus-client; pip install "edge-agent[metrics]"'
AGAIN_S = 10.0  # until an address that could not be had is tried anew
PACE_S = 0.01  # between two clients
FRESH_S = 1.0
CLIENT_S = 5.0  # for a request, and for the answer to be read
LONGEST_REQUEST = 8192  # bytes
MOST_CLIENTS = 16
PATH = "/metrics"


class Exporter:
    """To be made inside an event loop. `report` gives the status; `find` takes what is wrong, a sentence; empty:
    nothing."""

    def __init__(self, report: Callable[[], Report], find: Callable[[str], None]) -> None:
        self._report, self._find = report, find
        self._clients = Clients("metrics", MOST_CLIENTS, self._converse)
        self._address = ""
        self._serving: asyncio.Task[None] | None = None
        self._page, self._made = b"", -FRESH_S

    def open(self, address: str) -> None:
        """Serve there from now on; empty: nowhere."""
        if address == self._address:
            return
        self._address, before = address, self._serving
        if before:
            before.cancel()
        self._find("")
        self._serving = asyncio.create_task(self._serve(address, before), name="metrics") if address else None

    async def close(self) -> None:
        serving = self._serving
        self.open("")
        if serving:
            await asyncio.wait({serving})

    async def _serve(self, address: str, before: asyncio.Task[None] | None) -> None:
        """Until it is cancelled. The address may come with the network, or be another's for a while."""
        if before:
            await asyncio.wait({before})
        try:
            await asyncio.to_thread(import_module, ".exposition", __package__)
        except ImportError:
            self._find(MISSING)
            return
        while True:
            try:
                with await _listen(address) as listener:
                    self._find("")
                    await self._let_in(listener)
            except OSError as error:
                self._find(f"cannot serve metrics at {address} ({_reason(error)})")
            finally:
                self._clients.part()
            await asyncio.sleep(AGAIN_S)

    async def _let_in(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            with suppress(ConnectionError):  # gone again already
                end, _ = await loop.sock_accept(listener)
                self._clients.meet(*await asyncio.open_connection(sock=end, limit=LONGEST_REQUEST))
            await asyncio.sleep(PACE_S)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(CLIENT_S):
            try:
                head = await reader.readuntil(b"\r\n\r\n")
            except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                return
        writer.write(self._answer(head))
        async with asyncio.timeout(CLIENT_S):
            await writer.drain()

    def _answer(self, head: bytes) -> bytes:
        match head.split(b"\r\n")[0].decode("latin-1").split(" "):
            case ["GET", target, _] if target.split("?")[0] == PATH:
                return _response("200 OK", self._fresh_page())
            case ["GET", _, _]:
                return _response("404 Not Found", f"the metrics are at {PATH}\n".encode())
            case [_, _, _]:
                return _response("405 Method Not Allowed", b"only GET is allowed\n")
        return _response("400 Bad Request", b"bad request\n")

    def _fresh_page(self) -> bytes:
        from .exposition import page

        if (now := monotonic()) - self._made >= FRESH_S:
            self._page, self._made = page(self._report()), now
        return self._page


async def _listen(address: str) -> socket.socket:
    """Raises OSError."""
    loop = asyncio.get_running_loop()
    host, port = host_and_port(address)
    family, _, _, _, place = (await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM))[0]
    listener = socket.create_server(place[:2], family=family, dualstack_ipv6=host == "::")
    listener.setblocking(False)
    return listener


def _reason(error: OSError) -> str:
    """Without the address, which is said already."""
    name_is_unknown = isinstance(error, socket.gaierror)
    return str(error.strerror if name_is_unknown or not error.errno else os.strerror(error.errno))


def _response(status: str, body: bytes) -> bytes:
    lines = (
        f"HTTP/1.1 {status}",
        "Content-Type: text/plain; version=0.0.4; charset=utf-8",
        f"Content-Length: {len(body)}",
        "Connection: close",
    )
    return "\r\n".join((*lines, "", "")).encode() + body
