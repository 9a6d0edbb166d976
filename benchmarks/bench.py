"""A device to measure: the real agent on the simulated card, in real time, against a service in a process of
its own."""

from __future__ import annotations

import asyncio
import random
import re
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median, quantiles
from tempfile import NamedTemporaryFile
from typing import Any

import numpy as np

from edge_agent.app.device import Device
from edge_agent.audio.cards.simulated import SimulatedCard, SpokenSource
from edge_agent.config import Config, load
from edge_agent.telemetry.facts import Fact
from edge_agent.telemetry.records import Record
from edge_agent.vocabulary.events import Event
from edge_agent.vocabulary.sound import FRAME_MS
from edge_agent.vocabulary.state import State, Turn

RATE_HZ = 24_000
BYTES_PER_MS = RATE_HZ * 2 // 1000
ROOM = 20  # of s16: -64 dBFS


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


def configured(extra: str) -> Config:
    with NamedTemporaryFile("w", suffix=".toml") as file:
        file.write(extra)
        file.flush()
        config, problems = load(Path(file.name), environ={})
    assert not problems, problems
    return config


class Tape:
    """Keeps what sounded, and how late it was written: of several frames at once, all but the last are past by then."""

    def __init__(self) -> None:
        self.pcm = bytearray()
        self.written: list[
            tuple[int, int, float]
        ] = []  # from which ms on, to the last frame's, and when in s

    def write(self, pcm: bytes) -> None:
        first_ms = len(self.pcm) // BYTES_PER_MS
        self.pcm += pcm
        self.written.append((first_ms, len(self.pcm) // BYTES_PER_MS - FRAME_MS, time.monotonic()))

    def close(self) -> None: ...


class QuietRoom(SpokenSource):
    """A microphone that delivers digital zeros between words is switched off, and teaches the device nothing."""

    def __init__(self) -> None:
        super().__init__()
        noise = np.random.default_rng(1).normal(0, ROOM, RATE_HZ)
        self._noise = np.rint(noise).astype(np.int16)
        self._heard = 0  # samples

    def next(self, size: int) -> bytes:
        said = np.frombuffer(super().next(size), np.int16)
        at = np.arange(self._heard, self._heard + len(said)) % RATE_HZ
        self._heard += len(said)
        return bytes((said + self._noise[at].astype(np.int32)).clip(-32768, 32767).astype(np.int16).tobytes())


class Bench:
    """A running device that keeps its timeline, what its microphone heard, and what its speaker played."""

    def __init__(self, url: str, *, extra: str = "", **turns: Any) -> None:
        """`extra`: of its configuration, as TOML."""
        config = configured(extra)
        self.config = replace(
            config,
            service=replace(config.service, endpoint=url),
            turns=replace(config.turns, **turns),
            audio=replace(config.audio, cues=False),  # so that all that sounds is the answer
        )
        self.records: list[Record] = []
        self.source = QuietRoom()
        self.heard, self.played = Tape(), Tape()
        self.card = SimulatedCard(
            self.source, rate_hz=RATE_HZ, speaker=[self.played], microphone=[self.heard]
        )
        self.device = Device(self.config, self.card, records=self.records.append, watchers=(self._watch,))
        self.state = State()
        self._loop = asyncio.get_running_loop()
        self._changed = asyncio.Event()

    def _watch(self, _: Event, state: State) -> None:
        self.state = state
        self._changed.set()

    async def until(self, holds: Callable[[State], bool]) -> None:
        """Raises TimeoutError."""
        async with asyncio.timeout(30):
            while not holds(self.state):
                self._changed.clear()
                await self._changed.wait()

    async def recorded(self, kind: type[Fact]) -> None:
        """Until it stands in the timeline. Raises TimeoutError."""
        await self.until(lambda _: any(isinstance(record.fact, kind) for record in self.records))

    async def turn(self, turn: Turn) -> None:
        """Until it is on. Raises TimeoutError."""
        await self.until(lambda state: state.turn is turn)

    async def happen(self, event: Event, *, within_s: float) -> float:
        """It comes from another thread, as from a pin, at any moment within this time: when it came, in s."""

        def come() -> None:
            self._loop.call_soon_threadsafe(self.device.post, event)

        return await asyncio.to_thread(_at_any_moment, come, within_s)

    async def say(self, pcm: bytes, *, within_s: float) -> float:
        """Somebody begins to speak at any moment within this time: when, in s."""
        return await asyncio.to_thread(_at_any_moment, lambda: self.source.say(pcm), within_s)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.device.run())
        try:
            await self.until(lambda state: state.online)
            yield
        finally:
            self.device.stop()
            await task


def _at_any_moment(do: Callable[[], None], within_s: float) -> float:
    time.sleep(random.uniform(0, within_s))
    at = time.monotonic()
    do()
    return at


def percentiles(values: list[float]) -> str:
    """Median and p95."""
    return f"median {median(values):.0f}, p95 {p95(values):.0f}"


def p95(values: list[float]) -> float:
    return quantiles(values, n=20)[-1] if len(values) > 1 else values[0]
