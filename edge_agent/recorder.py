"""What the turn machine was given and what it decided, for `replay`: bounded, without words and without sound. Pure.

A segment begins with all that the machine knew when a turn was over. Everything is kept as the JSON text that it
becomes, so that its size is known and nothing is done twice.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Sequence
from typing import Any

from . import commands as c
from . import events as e
from .conversation import Conversation
from .freeze import freeze
from .state import State, Turn

FORMAT, VERSION = "edge-agent record", 1
MOST_SEGMENTS = 50
MOST_ENTRIES = 2000  # of a segment: where a turn, or the time without one, does not end
MOST_BYTES = 2_000_000

_json = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


class Segment:
    """`after`: so many turns had there been at its beginning, `turns` at its end."""

    def __init__(self, conversation: Conversation) -> None:
        self.after = self.turns = conversation.turns
        self._checkpoint = _json(freeze(conversation))
        self._entries: list[str] = []
        self.size = len(self._checkpoint)

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, entry: str) -> None:
        self._entries.append(entry)
        self.size += len(entry) + 1

    def read(self) -> dict[str, Any]:
        return {
            "after": self.after,
            "turns": self.turns,
            "checkpoint": json.loads(self._checkpoint),
            "entries": json.loads(f"[{','.join(self._entries)}]"),
        }


class Recorder:
    """To be told (`note`) of each event that the conversation has handled."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation
        self._state = conversation.state
        self._segments = deque([Segment(conversation)])
        self._size = self._segments[0].size

    @property
    def size(self) -> int:
        """In bytes."""
        return self._size

    def note(self, event: e.Event, now: float, commands: Sequence[c.Command], state: State) -> None:
        """An event, what it led to, and the state after it."""
        before, self._state = self._state, state
        entry = [now, freeze(event), [freeze(command) for command in commands]]
        text = _json(entry if state is before else [*entry, freeze(state)])
        segment = self._segments[-1]
        segment.add(text)
        segment.turns = self._conversation.turns
        self._size += len(text) + 1
        is_over = state.turn is Turn.IDLE and before.turn is not Turn.IDLE
        if is_over or len(segment) >= MOST_ENTRIES:
            self._begin()

    def _begin(self) -> None:
        segment = Segment(self._conversation)
        self._segments.append(segment)
        self._size += segment.size
        while len(self._segments) > 1 and (len(self._segments) > MOST_SEGMENTS or self._size > MOST_BYTES):
            self._size -= self._segments.popleft().size

    def record(self) -> dict[str, Any]:
        """All of it, the oldest first."""
        return {
            "format": FORMAT,
            "version": VERSION,
            "segments": [segment.read() for segment in self._segments],
        }
