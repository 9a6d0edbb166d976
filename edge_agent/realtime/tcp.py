"""What is asked of the system about the connection below a WebSocket."""

from __future__ import annotations

import socket
import struct
from asyncio import BaseTransport
from contextlib import suppress

UNSENT_BYTES = 48 * 1024  # that the system may hold of what was sent: about a second of sound
UNACKNOWLEDGED_MS = 8000  # of what was sent, before the system takes the peer for dead
RECENT_MS = 2000
UNACKED, LAST_ACK_RECV = 24, 56  # places in struct tcp_info (linux/tcp.h): segments, ms


def tune(transport: BaseTransport) -> None:
    """Hold little back, and give a dead peer up."""
    _set(transport, socket.SOL_SOCKET, socket.SO_SNDBUF, UNSENT_BYTES)
    _set(transport, socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNACKNOWLEDGED_MS)


def drop_unsent(transport: BaseTransport) -> None:
    """When it is closed, what the system still holds shall not leave any more."""
    _set(transport, socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def is_uploading(transport: BaseTransport) -> bool:
    """Whether the peer is still taking what it was sent: a slow network is no dead one."""
    try:
        info = transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)
    except OSError:
        return False
    (unacked,) = struct.unpack_from("I", info, UNACKED)
    (last_ack_ms,) = struct.unpack_from("I", info, LAST_ACK_RECV)
    return bool(unacked and last_ack_ms < RECENT_MS)


def _set(transport: BaseTransport, level: int, name: int, value: int | bytes) -> None:
    with suppress(OSError):  # closed already, or not to be had here: the pings notice as well
        transport.get_extra_info("socket").setsockopt(level, name, value)
