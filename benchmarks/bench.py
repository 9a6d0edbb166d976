"""A device to measure: the real agent on the simulated card, in real time, against a service in a process of
its own."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from statistics import median, quantiles
from typing import Any

import numpy as np

from edge_agent.audio.simulated import SimulatedCard, SpokenSource
from edge_agent.config import Config
from edge_agent.events import Event
from edge_agent.runtime import Device
from edge_agent.state import State, Turn
from edge_agent.timeline import Record

RATE_HZ = 24_000


@asynccontextmanager
async def service(*args: str) -> AsyncIterator[str]:
    """The simulated service in its own process; its address."""
    command = [sys.executable, "-m", "edge_agent", "simulator", *args]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout
    try:
        match = re.search(r"http://\S+\d", (await process.stdout.readline()).decode())
        assert match
        yield match[0]
    finally:
        process.terminate()
        await process.wait()


class Tape:
    """Keeps what sounded."""

    def __init__(self) -> None:
        self.pcm = bytearray()

    def write(self, pcm: bytes) -> None:
        self.pcm += pcm

    def close(self) -> None: ...

    @property
    def loud_ms(self) -> np.ndarray[Any, np.dtype[np.intp]]:
        """The milliseconds in which something could be heard."""
        samples = np.frombuffer(bytes(self.pcm), np.int16)
        per_ms = RATE_HZ // 1000
        whole = len(samples) // per_ms * per_ms
        return np.flatnonzero(np.abs(samples[:whole].astype(int)).reshape(-1, per_ms).max(axis=1) > 300)


class Bench:
    """A running device, what it did, and a voice to speak to it."""

    prebuffer_ms = Config().audio.prebuffer_ms

    def __init__(self, url: str, **turns: Any) -> None:
        config = Config()
        self.config = replace(
            config,
            service=replace(config.service, endpoint=url),
            turns=replace(config.turns, **turns),
            audio=replace(config.audio, cues=False),  # so that all that sounds is the answer
        )
        self.records: list[Record] = []
        self.source = SpokenSource()
        self.heard, self.played = Tape(), Tape()
        card = SimulatedCard(self.source, rate_hz=RATE_HZ, speaker=[self.played], microphone=[self.heard])
        self.device = Device(self.config, card, records=self.records.append, watchers=(self._watch,))
        self.post = self.device.post
        self.state = State()
        self._changed = asyncio.Event()

    def _watch(self, _: Event, state: State) -> None:
        self.state = state
        self._changed.set()

    async def until(self, turn: Turn) -> None:
        async with asyncio.timeout(30):
            while self.state.turn is not turn:
                self._changed.clear()
                await self._changed.wait()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.device.run())
        try:
            async with asyncio.timeout(10):
                while not self.state.online:
                    self._changed.clear()
                    await self._changed.wait()
            yield
        finally:
            self.device.stop()
            await task

    def last(self, event: str, key: str = "t") -> float:
        return float(next(r[key] for r in reversed(self.records) if r["event"] == event))


def row(name: str, values: list[float], limit: str) -> str:
    """A line of the table: name, median, p95, limit."""
    return f"{name:48} {median(values):8.1f} {p95(values):8.1f}   {limit}"


def percentiles(values: list[float]) -> str:
    """Median and p95."""
    return f"median {median(values):.0f}, p95 {p95(values):.0f}"


def p95(values: list[float]) -> float:
    return quantiles(values, n=20)[-1] if len(values) > 1 else values[0]
