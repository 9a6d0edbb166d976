"""Events as they are posted: kept, and waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from edge_agent.vocabulary import events as e


class Posted:
    """`post` takes an event, `changed` wakes who waits for something else."""

    PATIENCE_S = 10

    def __init__(self) -> None:
        self.events: list[e.Event] = []
        self.changed = asyncio.Event()

    def post(self, event: e.Event) -> None:
        self.events.append(event)
        self.changed.set()

    def of(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    async def until(self, come: Callable[[], object]) -> None:
        async with asyncio.timeout(self.PATIENCE_S):
            while not come():
                self.changed.clear()
                await self.changed.wait()
