"""What every driver does with its peer: rest, talk, hear the answer. Its marks tell who measures where it is.

python DRIVER PLAN      (JSON: the fields of Plan; speech and noise are files)
"""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

FRAME_S = 0.02
SETTLE_S = 1.0
QUIET_S = 1.0  # between an answer and the next question
FIRST_S = 3.0  # of talk; the first turn imports what it needs, and a device learns its room: it counts apart


@dataclass(frozen=True)
class Plan:
    """`speech` and `noise`: mono s16."""

    service: str  # host:port, TLS
    hands_free: bool
    turns: int
    idle_s: float
    rate_hz: int  # of the microphone
    speech: bytes
    noise: bytes

    @property
    def frame(self) -> int:
        """Bytes in 20 ms of the microphone."""
        return self.rate_hz // 50 * 2


def plan() -> Plan:
    given = json.loads(sys.argv[1])
    sounds = {name: Path(given.pop(name)).read_bytes() for name in ("speech", "noise")}
    return Plan(**given, **sounds)


def mark(word: str) -> None:
    print(word, flush=True)


class Speaker:
    """A null sink that costs nothing: it only knows until when it would play what it was given."""

    def __init__(self) -> None:
        self._until = 0.0
        self._told = asyncio.Event()

    def play(self, size: int) -> None:
        """So many bytes at 24 kHz."""
        self._until = max(self._until, asyncio.get_running_loop().time()) + size / 48_000

    def finish(self) -> None:
        """The answer is complete."""
        self._told.set()

    async def over(self) -> None:
        """The answer was played."""
        await self._told.wait()
        self._told.clear()
        await asyncio.sleep(self._until - asyncio.get_running_loop().time())


class Room:
    """What a microphone hears: a quiet room, and a voice now and then. `frame` may be taken on any thread."""

    def __init__(self, noise: bytes, size: int) -> None:
        self._noise, self._size = noise, size
        self._at, self._said = 0, memoryview(b"")
        self._loop, self._heard = asyncio.get_running_loop(), asyncio.Event()

    def frame(self) -> bytes:
        if self._said:
            frame, self._said = self._said[: self._size], self._said[self._size :]
            if not self._said:
                self._loop.call_soon_threadsafe(self._heard.set)
            return bytes(frame).ljust(self._size, b"\0")
        self._at = (self._at + self._size) % (len(self._noise) - self._size)
        return self._noise[self._at : self._at + self._size]

    async def say(self, speech: bytes) -> None:
        """Until it was heard."""
        self._heard.clear()
        self._said = memoryview(speech)  # which is not copied
        await self._heard.wait()


async def stream(frame: Callable[[], bytes], hear: Callable[[bytes], Awaitable[None]]) -> None:
    """Until a frame is empty."""
    loop = asyncio.get_running_loop()
    due = loop.time()
    while pcm := frame():
        await hear(pcm)
        due += FRAME_S
        await asyncio.sleep(due - loop.time())


async def hold(
    plan: Plan, say: Callable[[bytes], Awaitable[None]], over: Callable[[], Awaitable[None]]
) -> None:
    """Hold the conversation. `say` something, until it was heard; `over` waits until the answer was played."""
    mark("ready")
    await asyncio.sleep(SETTLE_S)
    mark("resting")
    await asyncio.sleep(plan.idle_s)
    mark("rested")
    if plan.turns:
        mark("first")
        await say(plan.speech[: int(FIRST_S / FRAME_S) * plan.frame])
        await over()
        mark("first over")
        await asyncio.sleep(QUIET_S)
    for _ in range(plan.turns):
        mark("talking")
        await say(plan.speech)
        mark("talked")
        await over()
        mark("answered")
        await asyncio.sleep(QUIET_S)
    mark("over")
    await asyncio.Event().wait()  # who measures ends it


async def hold_by_frames(
    plan: Plan,
    *,
    hear: Callable[[bytes], Awaitable[None]],
    press: Callable[[], Awaitable[None]],
    release: Callable[[], Awaitable[None]],
    over: Callable[[], Awaitable[None]],
) -> None:
    """With a peer that has no microphone of its own. `hear` takes 20 ms: all that there is to hear if it is
    hands-free, else what is said between `press` and `release`."""

    async def hold_button(speech: bytes) -> None:
        pieces = iter([*(speech[at : at + plan.frame] for at in range(0, len(speech), plan.frame)), b""])
        await press()
        await stream(pieces.__next__, hear)
        await release()

    room = Room(plan.noise, plan.frame)
    if not plan.hands_free:
        await hold(plan, hold_button, over)
        return
    async with asyncio.TaskGroup() as group:
        group.create_task(stream(room.frame, hear))
        await hold(plan, room.say, over)
