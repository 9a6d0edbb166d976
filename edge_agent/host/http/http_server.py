"""Lets clients in over HTTP, where the configuration wants that.

On the event loop, without a thread. One client is let in at a time, with a pause after it, and who is slow, silent or
wordy is cut off: neither a hundred clients nor a hostile one take more than a small share of the processor, and none
can hold up the sound, which runs elsewhere.
"""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeAlias

from ...config.addresses import host_and_port
from ...vocabulary.frozen import frozen
from ..clients import Clients

AGAIN_S = 10.0  # until an address that could not be had is tried again
PACE_S = 0.01  # between two clients
CLIENT_S = 5.0  # for a request, and for the answer to be read
LONGEST_REQUEST = 8192  # bytes, without its body
MOST_CLIENTS = 16

# a conversation that goes on, as with a WebSocket
Handover: TypeAlias = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Respond: TypeAlias = Callable[[bytes], bytes | Handover]  # to all before the body of a request


@frozen
class Serving:
    """`tls`: None: without."""

    respond: Respond
    tls: ssl.SSLContext | None = None


class NotServed(Exception):
    """What is missing, a sentence."""


class HttpServer:
    """To be made inside an event loop. `what` it serves, in a word. `load` gives what answers, in a thread, since
    imports take their time; it raises NotServed. `find` takes what is wrong, a sentence; empty: nothing."""

    def __init__(self, what: str, load: Callable[[], Serving], find: Callable[[str], None]) -> None:
        self._what, self._load, self._find = what, load, find
        self._clients = Clients(what, MOST_CLIENTS, self._converse)
        self._address = ""
        self._serving: asyncio.Task[None] | None = None
        self._serving_as: Serving

    def open(self, address: str, *, reload: bool = False) -> None:
        """Serve there from now on; empty: nowhere. `reload`: what answers has changed too."""
        if address == self._address and not reload:
            return
        self._address, before = address, self._serving
        if before:
            before.cancel()
        self._find("")
        self._serving = (
            asyncio.create_task(self._serve(address, before), name=self._what) if address else None
        )

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
            self._serving_as = await asyncio.to_thread(self._load)
        except NotServed as missing:
            self._find(str(missing))
            return
        except Exception as error:  # of a library that is damaged
            self._find(f"cannot serve {self._what} ({type(error).__name__}: {error})")
            return
        while True:
            try:
                with await _listen(address) as listener:
                    self._find("")
                    await self._let_in(listener)
            except (OSError, UnicodeError) as error:
                self._find(f"cannot serve {self._what} at {address} ({_reason(error)})")
            finally:
                self._clients.part()
            await asyncio.sleep(AGAIN_S)

    async def _let_in(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            with suppress(ConnectionError):  # gone again already
                end, _ = await loop.sock_accept(listener)
                await loop.connect_accepted_socket(self._streams, end)
            await asyncio.sleep(PACE_S)

    def _streams(self) -> asyncio.StreamReaderProtocol:
        """Of a client, who is met as soon as they are there."""
        return asyncio.StreamReaderProtocol(asyncio.StreamReader(limit=LONGEST_REQUEST), self._meet)

    def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.set_write_buffer_limits(0)  # what is drained is with the kernel
        if self._serving_as.tls and isinstance(writer.transport, asyncio.Transport):
            writer.transport.pause_reading()  # its first words are for TLS
        self._clients.meet(reader, writer)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(CLIENT_S):
            try:
                if self._serving_as.tls:
                    await writer.start_tls(self._serving_as.tls, ssl_handshake_timeout=CLIENT_S)
                    # with 0, drain never ends over TLS (CPython 3.11 to 3.13): an empty buffer counts as full
                    writer.transport.set_write_buffer_limits(high=1, low=0)
                head = await reader.readuntil(b"\r\n\r\n")
            except (ssl.SSLError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                return
        answer = self._serving_as.respond(head)
        if not isinstance(answer, bytes):
            self._clients.keep()
            await answer(reader, writer)
            return
        writer.write(answer)
        async with asyncio.timeout(CLIENT_S):
            await writer.drain()


async def _listen(address: str) -> socket.socket:
    """Raises OSError."""
    loop = asyncio.get_running_loop()
    host, port = host_and_port(address)
    family, _, _, _, place = (await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM))[0]
    listener = socket.create_server(place[:2], family=family, dualstack_ipv6=host == "::")
    listener.setblocking(False)
    return listener


def _reason(error: OSError | UnicodeError) -> str:
    """Without the address, which is said already."""
    if isinstance(error, UnicodeError):
        return "this cannot be the name of a host"
    name_is_unknown = isinstance(error, socket.gaierror)
    return str(error.strerror if name_is_unknown or not error.errno else os.strerror(error.errno))
