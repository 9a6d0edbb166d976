"""A device in one thread, in audio time: no socket, no sleep, no waiting. A frame of 20 ms is the clock.

The same engine, machine and agent as in life; only the threads between them are left out.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from edge_agent.app.agent import Agent
from edge_agent.audio.cards.simulated import EchoPath
from edge_agent.audio.engine import Engine
from edge_agent.audio.resample import Resampler
from edge_agent.conversation.deciding import Machine
from edge_agent.telemetry.records import Record
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.sound import FRAME_MS, MIC_FRAME_BYTES, SERVICE_FRAME_BYTES

QUIET = bytes(MIC_FRAME_BYTES)


class Room(Protocol):
    """What is between the speaker and the microphone, instead of an echo: frames of 24 and of 16 kHz."""

    def play(self, pcm: bytes) -> None: ...
    def beside(self, mic: bytes) -> bytes: ...


class AudioTime(ABC):
    """`echo`: how the microphone hears the speaker, at 24 kHz; without it nothing cancels it either."""

    engine: Engine
    agent: Agent
    conversation: Machine

    def __init__(self, echo: EchoPath | None) -> None:
        self.now = 0.0
        self.events: list[e.Event] = []
        self.records: list[Record] = []
        self.heard = bytearray()  # what came out of the speaker, 24 kHz
        self.generation = 0
        self._inbox: list[e.Event] = []
        self._echo: EchoPath | None = None
        self.room: Room | None = None
        if echo:
            self.move(echo)
        self._echo_to_mic = Resampler(24_000, 16_000)

    # ---- the service ----------------------------------------------------
    @abstractmethod
    def _begin_frame(self) -> None:
        """Connect, if it is time to."""

    @abstractmethod
    def _end_frame(self) -> None:
        """The sound of a frame was taken: what else happens meanwhile."""

    @abstractmethod
    def _from_service(self) -> None:
        """What the service has said by now goes into the inbox."""

    # ---- time -----------------------------------------------------------
    def post(self, *events: e.Event) -> None:
        self._inbox.extend(events)
        self._pump()

    def _pump(self) -> None:
        self._from_service()
        while self._inbox:
            self.agent.post(self._inbox.pop(0))
            self._from_service()

    def frame(self, mic: bytes = QUIET) -> bytes:
        """20 ms go by."""
        self.now += FRAME_MS / 1000
        self._begin_frame()
        out = self.engine.step(self._beside_the_speaker(mic))
        self.heard += out
        if surroundings := self.room or self._echo:
            surroundings.play(out)
        self._end_frame()
        self._pump()
        deadline = self.conversation.deadline
        if deadline is not None and self.now >= deadline:
            self.post(e.Tick())
        return out

    def move(self, echo: EchoPath) -> None:
        """To another place, where the microphone hears the speaker like this."""
        self._echo = echo
        echo.play(bytes(SERVICE_FRAME_BYTES))  # what is written now sounds with the next frame

    def _beside_the_speaker(self, mic: bytes) -> bytes:
        if self.room:
            return self.room.beside(mic)
        if self._echo is None:
            return mic
        echo = self._echo_to_mic.process(self._echo.add_to(bytes(SERVICE_FRAME_BYTES), 1))
        both = np.frombuffer(mic, np.int16).astype(np.int32) + np.frombuffer(echo, np.int16)
        return np.clip(both, -32768, 32767).astype(np.int16).tobytes()

    def wait(self, ms: int) -> None:
        for _ in range(ms // FRAME_MS):
            self.frame()

    def say(self, pcm: bytes) -> None:
        """A voice at the microphone: 16 kHz."""
        for at in range(0, len(pcm), MIC_FRAME_BYTES):
            self.frame(pcm[at : at + MIC_FRAME_BYTES].ljust(MIC_FRAME_BYTES, b"\0"))

    def until(self, done: Callable[[], bool], limit_ms: int = 60_000) -> None:
        for _ in range(limit_ms // FRAME_MS):
            if done():
                return
            self.frame()
        raise AssertionError(f"not within {limit_ms} ms; state {self.conversation.state}")

    # ---- looking --------------------------------------------------------
    @property
    def turn(self) -> str:
        return self.conversation.state.turn.value


class Port:
    def __init__(self, take: Callable[[Any], None]) -> None:
        self.send = take
