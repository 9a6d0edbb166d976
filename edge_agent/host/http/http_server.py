"""Lets clients in over HTTP, where the configuration wants that.

On the event loop, without a thread. One client is let in at a time, with a pause after it, and who is slow, silent or
wordy is cut off: neither a hundred clients nor a hostile one take more than a small share of the processor, and none
can hold up the sound, which runs elsewhere.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable
from contextlib import suppress

from ...config.addresses import host_and_port
from ..clients import Clients

AGAIN_S = 10.0  # until an address that could not be had is tried anew
PACE_S = 0.01  # between two clients
CLIENT_S = 5.0  # for a request, and for the answer to be read
LONGEST_REQUEST = 8192  # bytes, without its body
MOST_CLIENTS = 16

Respond = Callable[[bytes], bytes]  # as Pages.answer


class NotServed(Exception):
    """What is missing, a sentence."""


class HttpServer:
    """To be made inside an event loop. `what` it serves, in a word. `load` gives what answers, in a thread, since
    imports take their time; it raises NotServed. `find` takes what is wrong, a sentence; empty: nothing."""

    def __init__(self, what: str, load: Callable[[], Respond], find: Callable[[str], None]) -> None:
        self._what, self._load, self._find = what, load, find
        self._clients = Clients(what, MOST_CLIENTS, self._converse)
        self._address = ""
        self._serving: asyncio.Task[None] | None = None
        self._respond: Respond

    def open(self, address: str) -> None:
        """Serve there from now on; empty: nowhere."""
        if address == self._address:
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
            self._respond = await asyncio.to_thread(self._load)
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
                self._clients.meet(*await asyncio.open_connection(sock=end, limit=LONGEST_REQUEST))
            await asyncio.sleep(PACE_S)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(CLIENT_S):
            try:
                head = await reader.readuntil(b"\r\n\r\n")
            except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                return
        writer.write(self._respond(head))
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
