"""A simulated session of GPT-Live and its client, in a time of their own."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Sequence
from random import Random
from typing import Any

from edge_agent.simulator.answers import Answers, Script, Speech
from edge_agent.simulator.faults import FaultScript, parse
from edge_agent.simulator.live.duplex_session import DuplexSession
from edge_agent.simulator.live.live_door import OPENAI_LIVE, LiveDoor
from edge_agent.simulator.outbox import Close, Drop
from edge_agent.simulator.published import published
from edge_agent.simulator.speech import recognise

from .sound import rms, tone

STEP = 4800  # bytes of 100 ms at 24 kHz
VOICE = tone(24_000, 1000)
SPOKEN = Speech("one two three four", tone(24_000, 2000, 200))


class LiveBench:
    """`start`: of the session; None: it is not started."""

    def __init__(
        self,
        *faults: str,
        door: LiveDoor = OPENAI_LIVE,
        answers: Answers | None = None,
        start: dict[str, Any] | None = None,
        starts: bool = True,
    ) -> None:
        self.session = DuplexSession(
            door,
            schema=published("live"),
            answers=answers or Script([SPOKEN]),
            recognise=recognise,
            faults=FaultScript(parse(text) for text in faults),
            random=Random(1),
        )
        self.now = 100.0
        self.outputs: list[Any] = []
        self.session.open(self.now)
        self.wait(0)
        if starts:
            self("session.start", session={"model": "gpt-live-1"} | (start or {}))
            self.wait(600)

    def __call__(self, kind: str, **fields: Any) -> list[Any]:
        """Sends an event; what comes back immediately."""
        return self.raw(json.dumps({"type": kind, "event_id": "mine", **fields}))

    def raw(self, frame: str | bytes) -> list[Any]:
        self.session.receive(frame, self.now)
        return self.wait(0)

    def wait(self, ms: int) -> list[Any]:
        """What comes meanwhile."""
        came: list[Any] = []
        for _ in range(max(1, ms // 20)):
            self.now += 0.02 if ms else 0
            if not any(isinstance(output, Close | Drop) for output in self.outputs + came):
                came += self.session.outbox.due(self.now)
        self.outputs += came
        return came

    def append(self, pcm: bytes) -> list[Any]:
        return self("session.input_audio.append", audio=b64encode(pcm).decode())

    def hear(self, pcm: bytes) -> list[Any]:
        """Appends sound at the pace of real time; what comes meanwhile."""
        came: list[Any] = []
        for at in range(0, len(pcm), STEP):
            came += self.append(pcm[at : at + STEP].ljust(STEP, b"\0")) + self.wait(100)
        return came

    def feed(self, ms: int) -> list[Any]:
        """As much silence."""
        return self.hear(bytes(ms * 48))

    @property
    def is_spoken_to(self) -> bool:
        """Whether the last piece is more than silence."""
        return rms(spoken(self.outputs)[-STEP:]) > 100

    def ask(self) -> None:
        """A voice, until it is being answered."""
        self.hear(VOICE)
        for _ in range(50):
            if self.is_spoken_to:
                return
            self.feed(100)
        raise AssertionError("it does not answer")


def of(outputs: Sequence[Any], kind: str) -> list[Any]:
    return [output for output in outputs if isinstance(output, dict) and output["type"] == kind]


def spoken(outputs: Sequence[Any]) -> bytes:
    """All that was said, silence included."""
    return b"".join(b64decode(event["delta"]) for event in of(outputs, "session.output_audio.delta"))


def words(outputs: Sequence[Any], side: str) -> str:
    return "".join(event["delta"] for event in of(outputs, f"session.{side}_transcript.delta"))


def code(outputs: Sequence[Any]) -> tuple[str, str | None]:
    """Of the only error, and what it is about."""
    (event,) = of(outputs, "error")
    return event["error"]["code"], event["error"].get("param")
