"""Work that cannot be interrupted, in a thread of its own: asyncio would wait for those of its pool at the end, and
where all of them are held up, everybody else waits too."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


async def in_thread(work: Callable[[], T], name: str) -> T:
    """What it gives, or raises. Given up, it goes on alone."""
    done: Future[T] = Future()

    def run() -> None:
        done.set_running_or_notify_cancel()
        try:
            result = work()
        except Exception as error:
            done.set_exception(error)
        else:
            done.set_result(result)

    Thread(target=run, name=name, daemon=True).start()
    return await asyncio.wrap_future(done)
