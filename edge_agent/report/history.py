"""What the running device keeps for a report: the last steps of its turns, what became of link and devices, and the
record for `edge-agent replay`. Bounded, in text: a dict would take five times the memory."""

from __future__ import annotations

import json
from collections import deque
from typing import Any

from ..replay.recorder import Recorder
from ..telemetry import facts as f
from ..telemetry.records import Record, as_json

MOST_STEPS = 2000  # some 60 turns
MOST_CHANGES = 200

TurnKey = tuple[int, int]  # which run of the device, and its number there


class History:
    def __init__(self) -> None:
        self.recorder = Recorder()
        self._run = self._number = 0
        self._steps: deque[tuple[TurnKey, str]] = deque(maxlen=MOST_STEPS)
        self._changes: deque[str] = deque(maxlen=MOST_CHANGES)

    def begin(self) -> None:
        """Another device, which counts its turns from 1."""
        self._run += 1

    def add(self, record: Record) -> None:
        """The next record of the timeline."""
        self._number += 1
        text = json.dumps({"n": self._number, "run": self._run, **as_json(record)}, ensure_ascii=False)
        if isinstance(record.fact, f.Change):
            self._changes.append(text)
        else:
            self._steps.append(((self._run, record.turn_id), text))

    def timeline(self, last: int) -> dict[str, Any]:
        """Records as JSON: of the last `last` turns, and of link and devices."""
        return {"steps": self._last_turns(last), "changes": list(self._changes)}

    def _last_turns(self, last: int) -> list[str]:
        turns = list(dict.fromkeys(turn for turn, _ in reversed(self._steps) if turn[1]))
        left_out = frozenset(turns[last:])
        return [text for turn, text in self._steps if turn not in left_out]
