"""Texts that were sent into a session, and wait for their place on its timeline. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from ...realtime.wire import Json
from ...vocabulary.frozen import frozen

PLACED_MS = (600, 960)  # later, by the clock of the session


@frozen
class Text:
    channel: str  # instructions, thinking, commentary
    content: str
    delegation_id: str | None
    event_id: str | None
    due_ms: int


@dataclass(slots=True)
class Texts:
    random: Random
    waiting: list[Text] = field(default_factory=list)

    def take(self, event: Json, position_ms: int) -> None:
        channel = event["type"].split(".")[1]
        due_ms = position_ms + self.random.randint(*PLACED_MS)
        if self.waiting:  # they are placed in order
            due_ms = max(due_ms, self.waiting[-1].due_ms)
        text = Text(channel, event["content"], event["delegation_id"], event.get("event_id"), due_ms)
        self.waiting.append(text)

    def placed(self, position_ms: int) -> list[Text]:
        """Those whose place has come."""
        placed = [text for text in self.waiting if text.due_ms <= position_ms]
        del self.waiting[: len(placed)]
        return placed
