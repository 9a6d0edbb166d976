"""How a probe talks to a session: at the pace of real time, or not. Pure: whoever gives the wire has the clock."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from ..config.model import AssistantSettings, Config
from ..realtime.wire import Json
from ..realtime.wire.dialects import dialect_of
from ..vocabulary.frozen import frozen
from ..vocabulary.sound import SERVICE_BYTES_PER_MS, ServicePcm
from .session_record import SessionRecord

PIECE_MS = 100
PIECE_BYTES = PIECE_MS * SERVICE_BYTES_PER_MS
SILENCE = bytes(PIECE_BYTES)
STARTS_S, CLOSES_S = 15.0, 11.0  # at the longest
INSTRUCTIONS = (
    "You are being tested. Answer whatever you hear in English, with at least eight sentences, at once."
)


class Wire(Protocol):
    """A connection, and what was heard of it."""

    @property
    def record(self) -> SessionRecord: ...
    @property
    def now(self) -> float: ...
    async def send(self, event: Json) -> None: ...
    async def until(self, at: float, holds: Callable[[], bool] = ...) -> bool:
        """Listen until then, or until it holds, or the connection is over. Whether it holds."""
        ...

    async def close(self) -> None: ...


class Unanswerable(Exception):
    """Why a probe learns nothing, in words."""


class Open(Protocol):
    async def __call__(self, *, wrong_key: bool = False) -> Wire: ...


@frozen
class Lab:
    """`question`: somebody asks, 24 kHz. `room`: what a quiet room sounds like, 100 ms. `unix_s`: the time of day."""

    config: Config
    open: Open
    question: ServicePcm
    room: ServicePcm
    unix_s: Callable[[], float]

    async def start(self, wire: Wire, **changes: Any) -> bool:
        """A session, with these changes to what the device asks for. Whether it stands."""
        assistant = AssistantSettings(INSTRUCTIONS, voice=self.config.assistant.voice)
        config = Config(service=self.config.service, assistant=assistant)
        event: Json = json.loads(dialect_of(config.service.provider).encoder.encode_session(config))
        event["session"] |= changes
        if wire.record.is_over:
            return False
        await wire.send(event)
        await wire.until(wire.now + STARTS_S, lambda: bool(wire.record.of("session.started", "error")))
        return bool(wire.record.of("session.started"))

    async def session(self) -> Wire:
        """Raises Unanswerable."""
        wire = await self.open()
        if not await self.start(wire):
            raise Unanswerable(wire.record.why_none)
        return wire


def appended(pcm: ServicePcm) -> Json:
    return {"type": "session.input_audio.append", "audio": b64encode(pcm).decode()}


def told(channel: str, content: str) -> Json:
    """A text for the session."""
    return {"type": f"session.{channel}.append", "content": content, "delegation_id": None}


def pieces_of(pcm: ServicePcm) -> Iterator[ServicePcm]:
    for at in range(0, len(pcm), PIECE_BYTES):
        yield pcm[at : at + PIECE_BYTES].ljust(PIECE_BYTES, b"\0")


async def say(wire: Wire, pcm: ServicePcm) -> None:
    """At the pace of real time."""
    at = wire.now
    for piece in pieces_of(pcm):
        await wire.send(appended(piece))
        at += PIECE_MS / 1000
        await wire.until(at)


async def hush(
    wire: Wire, longest_s: float, holds: Callable[[], bool] = lambda: False, piece: ServicePcm = SILENCE
) -> bool:
    """Silence, or what stands for it, until this holds. Whether it does."""
    until = wire.now + longest_s
    while wire.now < until and not wire.record.is_over:
        if holds():
            return True
        await say(wire, piece)
    return holds()


async def ask(lab: Lab, wire: Wire, longest_s: float = 8.0, piece: ServicePcm = SILENCE) -> float | None:
    """The question, and then silence until the answer begins: how long that took after its end, in s."""
    await say(wire, lab.question)
    ended_at = wire.now
    since = ended_at - 1.0  # it may begin before the end
    await hush(wire, longest_s, lambda: wire.record.first_loud(since) is not None, piece)
    at = wire.record.first_loud(since)
    return None if at is None else max(0.0, at - ended_at)


async def leave(wire: Wire) -> None:
    if not wire.record.is_over:
        await wire.send({"type": "session.close"})
        await wire.until(wire.now + CLOSES_S, lambda: wire.record.is_over)
