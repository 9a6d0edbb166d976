"""Keeps the last turns as the turn machine saw them, so that they can be replayed: `replay`.

In segments. Each begins with the whole machine as it was, then follow the events with their times, what they led to,
and the state where it changed. No sound and no word is in it: see `freeze`.
"""

from __future__ import annotations

import json
import zlib
from base64 import b64decode, b64encode
from collections import deque
from typing import Any

from .. import __version__
from ..conversation.deciding import Machine
from ..vocabulary import events as e
from ..vocabulary.frozen import frozen
from ..vocabulary.notices import Output
from ..vocabulary.state import State, Turn
from .snapshot import Json, freeze

FORMAT = 2
MOST_SEGMENTS = 50
MOST_BYTES = 512 * 1024  # of all segments but the open one, packed
LONGEST_SEGMENT = 256 * 1024  # bytes, before it is packed: some minutes of one turn

# `dumps` would make an encoder each time
_encode = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


@frozen
class Segment:
    turns: tuple[int, ...]
    packed: bytes


class Recorder:
    """`begin` with a conversation, then tell it of every event. What it cannot record ends the record, and nothing
    else."""

    def __init__(self, *, most_segments: int = MOST_SEGMENTS, most_bytes: int = MOST_BYTES) -> None:
        self._most_segments, self._most_bytes = most_segments, most_bytes
        self._segments: deque[Segment] = deque()
        self._conversation: Machine | None = None
        self._failure = ""
        self._state = State()
        self._first = 1  # turn in the open segment
        self._lines: list[str] = []  # its checkpoint and entries
        self._size = 0

    def begin(self, conversation: Machine) -> None:
        """Another conversation; what is kept of the last one stays."""
        if self._conversation is not None:
            self._close()
        self._conversation = conversation
        self._open(conversation)

    def record(self, event: e.Event, now: float, commands: list[Output]) -> None:
        """The conversation has handled an event. `now` in seconds, on its own clock."""
        if self._conversation is not None:
            try:
                self._record(self._conversation, event, now, commands)
            except TypeError as error:
                self._failure, self._conversation = str(error), None

    def _record(self, conversation: Machine, event: e.Event, now: float, commands: list[Output]) -> None:
        entry: dict[str, Json] = {"now": now, "event": freeze(event)}
        if commands:
            entry["commands"] = [freeze(command) for command in commands]
        if conversation.state != self._state:
            self._state = conversation.state
            entry["state"] = freeze(self._state)
        self._lines.append(_encode(entry))
        self._size += len(self._lines[-1])
        over = self._state.turn is Turn.IDLE and self._turns
        if over or self._size > LONGEST_SEGMENT:
            self._close()
            self._open(conversation)

    def packed(self, last: int = MOST_SEGMENTS) -> dict[str, Any]:
        """The segments with the last so many turns, quick to make and to send; `unpack` makes it readable."""
        segments = [*self._segments, self._packed()] if self._conversation else list(self._segments)
        wanted: list[Segment] = []
        for segment in reversed(segments):
            if last <= 0 and segment.turns:
                break
            wanted.insert(0, segment)
            last -= len(segment.turns)
        return {
            "format": FORMAT,
            "version": __version__,
            **({"failure": self._failure} if self._failure else {}),
            "segments": [b64encode(segment.packed).decode() for segment in wanted],
        }

    @property
    def size(self) -> int:
        """Bytes that are kept."""
        return sum(len(segment.packed) for segment in self._segments) + self._size

    def _open(self, conversation: Machine) -> None:
        self._state = conversation.state
        self._first = conversation.turns + (self._state.turn is Turn.IDLE)
        self._lines = [_encode(freeze(conversation.checkpoint()))]
        self._size = len(self._lines[0])

    def _close(self) -> None:
        self._segments.append(self._packed())
        while (
            len(self._segments) > self._most_segments
            or sum(len(segment.packed) for segment in self._segments) > self._most_bytes
        ):
            self._segments.popleft()

    @property
    def _turns(self) -> tuple[int, ...]:
        """Those of which something is in the open segment."""
        assert self._conversation
        return tuple(range(self._first, self._conversation.turns + 1))

    def _packed(self) -> Segment:
        turns = self._turns
        checkpoint, *entries = self._lines
        text = f'{{"turns":{list(turns)},"checkpoint":{checkpoint},"entries":[{",".join(entries)}]}}'
        return Segment(turns, zlib.compress(text.encode(), 1))


def unpack(packed: dict[str, Any]) -> dict[str, Any]:
    """The record as it is written into files."""
    segments = [json.loads(zlib.decompress(b64decode(segment))) for segment in packed["segments"]]
    return packed | {"segments": segments}
