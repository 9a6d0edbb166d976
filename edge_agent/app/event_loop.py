"""The event loop of the commands: one that can end while a name is still being looked up."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Coroutine
from contextlib import suppress
from threading import Thread
from typing import Any, TypeVar

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
        found: asyncio.Future[list[Any]] = self.create_future()

        def settle(addresses: list[Any], error: Exception | None) -> None:
            if found.done():
                return
            if error is None:
                found.set_result(addresses)
            else:
                found.set_exception(error)

        def look_up() -> None:
            addresses: list[Any] = []
            problem: Exception | None = None
            try:
                addresses = socket.getaddrinfo(*args, **options)
            except Exception as error:
                problem = error
            with suppress(RuntimeError):  # the loop is closed by now
                self.call_soon_threadsafe(settle, addresses, problem)

        Thread(target=look_up, name="resolver", daemon=True).start()
        return await found
