"""The event loop of the commands: one that can end while a name is still being looked up."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from functools import partial
from typing import Any, TypeVar, TypeVarTuple

from ..host.threads import in_thread

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


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

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[*Ts], T], *args: *Ts
    ) -> asyncio.Future[T]:
        """A library that connects in a thread may be held up there as long."""
        if executor is not None:
            return super().run_in_executor(executor, func, *args)
        return asyncio.ensure_future(in_thread(partial(func, *args), "executor"), loop=self)

    async def getaddrinfo(self, *args: Any, **options: Any) -> list[Any]:
        return await in_thread(partial(socket.getaddrinfo, *args, **options), "resolver")
