"""What the running device keeps for a report: the last steps of its turns, what became of link and devices, and the
record for `edge-agent replay`. Bounded, in text: a dict would take five times the memory."""

from __future__ import annotations

import json
from collections import deque
from itertools import islice
from typing import Any

from ..recorder import Recorder
from ..timeline import Record

MOST_STEPS = 2000  # some 60 turns
MOST_CHANGES = 200
CHANGES = ("link_", "device_", "echo_", "budget_")  # how their events begin


class History:
    def __init__(self) -> None:
        self.recorder = Recorder()
        self._run = 0
        self._steps: deque[str] = deque(maxlen=MOST_STEPS)
        self._changes: deque[str] = deque(maxlen=MOST_CHANGES)

    def begin(self) -> None:
        """Another device, which counts its turns from 1."""
        self._run += 1

    def add(self, record: Record) -> None:
        """The next record of the timeline."""
        kept = self._changes if record["event"].startswith(CHANGES) else self._steps
        kept.append(json.dumps({"run": self._run, **record}, ensure_ascii=False))

    def timeline(self, last: int) -> dict[str, Any]:
        """Records as JSON: of the last so many turns, and of link and devices."""
        return {"steps": self._last_turns(last), "changes": list(self._changes)}

    def _last_turns(self, last: int) -> list[str]:
        turns: set[tuple[int, int]] = set()
        wanted = 0
        for step in reversed(self._steps):
            record = json.loads(step)
            if "turn_id" in record:
                turns.add((record["run"], record["turn_id"]))
                if len(turns) > last:
                    break
            wanted += 1
        return list(islice(self._steps, len(self._steps) - wanted, None))
