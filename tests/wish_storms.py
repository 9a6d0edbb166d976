"""Storms of wishes over a running device: signals, requests and configurations of all kinds, and among them its end."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from random import Random

from edge_agent.simulator.faults import FaultScript, parse
from edge_agent.simulator.server import SimulatedService

from .run_process import RunProcess

BEFORE = (
    "hang up",
    "reload",
    "press",
    "release",
    "say",
    "mute",
    "good",
    "other",
    "broken",
    "refused",
    "gone",
)
AFTER = ("hang up", "hang up", "reload", "press", "terminate", "interrupt", "other", "broken")
PAUSES_S = (0.0, 0.0, 0.001, 0.003, 0.01, 0.05, 0.3)
GONE_S = 2.0  # after the first wish to end
NOWHERE = "http://127.0.0.1:1"


@dataclass(frozen=True)
class Outcome:
    """`code` None: it lived on."""

    wishes: list[str]
    code: int | None
    took_s: float
    log: str

    @property
    def is_good(self) -> bool:
        return self.code == 0 and self.took_s <= GONE_S

    def __str__(self) -> str:
        told = f"exit code {self.code}" if self.code is not None else "it lived on"
        return f"{told} {self.took_s:.2f} s after the first wish to end: {', '.join(self.wishes)}\n{self.log}"


async def storm(seed: int, folder: Path) -> Outcome:
    """One, from the start of a device to its end."""
    chance = Random(seed)
    before = [chance.choice(BEFORE) for _ in range(chance.randrange(7))]
    after = [chance.choice(AFTER) for _ in range(chance.randrange(1, 7))]
    refusing = FaultScript([parse("error:unknown_parameter@session.update")])
    async with AsyncExitStack() as stack:
        service = await stack.enter_async_context(SimulatedService())
        refuser = await stack.enter_async_context(SimulatedService(faults=refusing))
        device = await stack.enter_async_context(RunProcess(folder, service.url))
        asked: list[asyncio.Task[object]] = []

        def ask(do: str, **arguments: str) -> Callable[[], None]:
            return lambda: asked.append(asyncio.create_task(device.ask(do, **arguments)))

        does: dict[str, Callable[[], None]] = {
            "hang up": lambda: device.send(signal.SIGHUP),
            "terminate": lambda: device.send(signal.SIGTERM),
            "interrupt": lambda: device.send(signal.SIGINT),
            **{do: ask(do) for do in ("reload", "press", "release", "mute")},
            "say": ask("say", text="Are you there?"),
            "good": lambda: device.configure(service.url),
            "other": lambda: device.configure(service.url, "echo"),
            "broken": lambda: device.write("[service"),
            "refused": lambda: device.configure(refuser.url),
            "gone": lambda: device.configure(NOWHERE),
        }
        wishes = [*before, "terminate", *after]
        for wish in wishes:
            does[wish]()
            await asyncio.sleep(chance.choice(PAUSES_S))
        code, took_s = await device.ended()
        await _answered(asked)
        return Outcome(wishes, code, took_s, device.log)


async def _answered(asked: list[asyncio.Task[object]]) -> None:
    waiting: list[Awaitable[object]] = list(asked)
    await asyncio.gather(*waiting)
