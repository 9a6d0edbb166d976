"""What is asked of the system about the connection below a WebSocket."""

from __future__ import annotations

import socket
import struct
from asyncio import BaseTransport
from contextlib import suppress

UNSENT_BYTES = 48 * 1024  # that the system may hold of what was sent: about a second of sound
UNACKNOWLEDGED_MS = 8000  # of what was sent, before the system takes the peer for dead
INFO_BYTES, UNACKED, BYTES_ACKED = 128, 24, 120  # struct tcp_info (linux/tcp.h): its length, and places in it


def tune(transport: BaseTransport) -> None:
    """Hold little back, and give a dead peer up."""
    _set(transport, socket.SOL_SOCKET, socket.SO_SNDBUF, UNSENT_BYTES)
    _set(transport, socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNACKNOWLEDGED_MS)


def hold_back(transport: BaseTransport, *, on: bool) -> None:
    """Whether what does not fill a packet waits for what follows it (tcp(7), TCP_CORK; 200 ms at most)."""
    _set(transport, socket.IPPROTO_TCP, socket.TCP_CORK, int(on))


def drop_unsent(transport: BaseTransport) -> None:
    """When it is closed, what the system still holds shall not leave any more."""
    _set(transport, socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def taken(transport: BaseTransport) -> tuple[int, bool]:
    """How many bytes the peer has ever acknowledged, and whether more are on their way to it."""
    try:
        info = transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, INFO_BYTES)
        (unacked,) = struct.unpack_from("I", info, UNACKED)
        (acked,) = struct.unpack_from("Q", info, BYTES_ACKED)
    except (OSError, struct.error):  # closed, or a system that does not tell
        return 0, False
    return acked, unacked > 0


def _set(transport: BaseTransport, level: int, name: int, value: int | bytes) -> None:
    with suppress(OSError):  # closed already, or not to be had here: the pings notice as well
        transport.get_extra_info("socket").setsockopt(level, name, value)
