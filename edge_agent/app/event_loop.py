"""The event loop of the commands: one that can end while a name is still being looked up."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Coroutine
from functools import partial
from typing import Any, TypeVar

from ..host.threads import in_thread

T = TypeVar("T")


def run(main: Coroutine[Any, Any, T]) -> T:
    """As asyncio.run."""
    with asyncio.Runner(loop_factory=Loop) as runner:
        return runner.run(main)


class Loop(asyncio.SelectorEventLoop):
    """`getaddrinfo` of the system cannot be interrupted, and asyncio would wait for it at the end, which may
    take as long as the resolver's patience. Here nobody waits for its thread.

    Once it is closed, the signals that it handled are ignored: the process is ending already, and what the system does
    by itself would change the exit code."""

    def remove_signal_handler(self, sig: int) -> bool:
        if not self.is_closed():
            return super().remove_signal_handler(sig)
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {sig})
        removed = super().remove_signal_handler(sig)
        signal.signal(sig, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        return removed

    async def getaddrinfo(self, *args: Any, **options: Any) -> list[Any]:
        return await in_thread(partial(socket.getaddrinfo, *args, **options), "resolver")
