"""The simulated service over TLS, as in life, in a process of its own: benchmarks.witness."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

import numpy as np

from edge_agent.audio.sounds import Clip, spoken_answers
from edge_agent.simulator.reply import Pace
from edge_agent.vocabulary.sound import SERVICE_RATE_HZ, service_ms
from tests.sound import tone

HOST = "127.0.0.1"
TONE_MS, TONE_HZ = 10_000, 1000
FRAME = SERVICE_RATE_HZ // 50
SPOKEN = 800  # of s16: frames without such a sample are a pause


def without_pauses() -> bytes:
    """All bundled answers."""
    spoken = np.frombuffer(b"".join(clip.pcm for clip in spoken_answers()), np.int16)
    frames = spoken[: len(spoken) // FRAME * FRAME].reshape(-1, FRAME)
    return bytes(frames[np.abs(frames.astype(np.int32)).max(axis=1) > SPOKEN].tobytes())


class Answer(Enum):
    """What it answers to everything: which of the bundled ones, all of them without a pause, or a tone."""

    SHORT = 4
    LONG = 2
    SPOKEN = -2
    TONE = -1

    @property
    def clip(self) -> Clip:
        if self is Answer.TONE:
            return Clip("tone", "A tone.", tone(SERVICE_RATE_HZ, TONE_MS, TONE_HZ))
        if self is Answer.SPOKEN:
            return Clip("spoken", "All that there is.", without_pauses())
        number: int = self.value
        return spoken_answers()[number]

    @property
    def lasts_s(self) -> float:
        return service_ms(self.clip.pcm) / 1000


@dataclass(frozen=True, slots=True)
class Seen:
    """The service's own record. `t`: CLOCK_MONOTONIC in s, which all processes share. `ms`: of an utterance, how much
    of it was sent; of a truncation, what is left."""

    t: float
    kind: str  # first_append, commit or truncate that came; updated (the session is) or first_delta that went
    ms: int = 0


@dataclass(slots=True)
class SecureService:
    """`ca`: the certificate to trust."""

    address: str  # host:port
    ca: Path
    _input: asyncio.StreamWriter
    seen: list[Seen] = field(default_factory=list)
    _told: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def heard_ms(self) -> list[int]:
        """What it was sent, by utterance."""
        return [one.ms for one in self.seen if one.kind == "commit"]

    @property
    def opened(self) -> list[float]:
        """When each session was ready."""
        return [one.t for one in self.seen if one.kind == "updated"]

    async def next_opened(self, already: int) -> float:
        """When the session after so many was ready."""
        while len(self.opened) <= already:
            self._told.clear()
            await self._told.wait()
        return self.opened[already]

    def inject(self, fault: str) -> None:
        self._input.write(f"{fault}\n".encode())

    async def follow(self, output: asyncio.StreamReader) -> None:
        while line := await output.readline():
            self.seen.append(Seen(**json.loads(line)))
            self._told.set()


@asynccontextmanager
async def secure_service(
    answer: Answer = Answer.LONG, *, times: int = 1, pace: Pace | None = None
) -> AsyncIterator[SecureService]:
    """`times`: so often over is each answer said."""
    pace = pace or Pace()
    options = {
        "--answer": answer.name,
        "--times": times,
        "--delta-ms": pace.delta_ms,
        "--think-ms": pace.think_ms,
    }
    with tempfile.TemporaryDirectory() as folder:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "benchmarks.witness", folder,
            *(str(part) for option in options.items() for part in option),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert process.stdin
        assert process.stdout
        try:
            port = int(await process.stdout.readline())
            service = SecureService(f"{HOST}:{port}", Path(folder) / "ca.pem", process.stdin)
            following = asyncio.create_task(service.follow(process.stdout))
            yield service
            following.cancel()
        finally:
            process.stdin.close()
            await process.wait()
