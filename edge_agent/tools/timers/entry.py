"""What is to ring, and when: by which clock. Pure.

A duration counts on a clock that nobody sets (CLOCK_BOOTTIME), as long as the machine stays on; after a restart of
the machine, and for a time of day, the wall clock counts, as it is whenever it is looked at: so it may be set.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from ...vocabulary.dates import can_be_right
from ...vocabulary.frozen import frozen
from ...vocabulary.tool_events import RingKind

LATE_S = 600.0  # what is due for longer was missed: it does not ring any more


@frozen
class ClockReading:
    """`wall_s`: since the Unix epoch. `up_s`: since the machine was started, sleep too. `boot` names that start."""

    wall_s: float
    up_s: float
    boot: str

    @property
    def is_set(self) -> bool:
        """Whether the wall clock can be right."""
        return can_be_right(datetime.fromtimestamp(self.wall_s).astimezone())


@frozen
class Entry:
    """`local`: a time of day on a date, as people say it, without a zone; empty: a duration, which ends at `up_s` of
    the machine's start `boot`, and about at `wall_s`. `text`: of a reminder."""

    number: int
    kind: RingKind
    name: str = ""
    text: str = ""
    local: str = ""
    wall_s: float = 0.0
    up_s: float = 0.0
    boot: str = ""

    def left_s(self, clock: ClockReading) -> float | None:
        """Until it rings; negative: it should have rung. None: nobody can tell before the clock is set."""
        if not self.local and self.boot == clock.boot:
            return self.up_s - clock.up_s
        if not clock.is_set:
            return None
        due_s = datetime.fromisoformat(self.local).timestamp() if self.local else self.wall_s
        return due_s - clock.wall_s

    @property
    def title(self) -> str:
        """As it is told: pasta timer."""
        return f"{self.name} {self.kind}".strip()

    @property
    def told(self) -> str:
        """What is said when it rings."""
        if self.text:
            return f"Reminder: {self.text}."
        name = f" {self.name!r}" if self.name else ""
        return f"The timer{name} has ended." if self.kind == "timer" else f"The alarm{name} is due."


def after(number: int, kind: RingKind, seconds: float, clock: ClockReading, *, name: str, text: str) -> Entry:
    """One that rings after a duration."""
    wall_s, up_s = clock.wall_s + seconds, clock.up_s + seconds
    return Entry(number, kind, name, text, wall_s=wall_s, up_s=up_s, boot=clock.boot)


def to_json(entry: Entry) -> dict[str, Any]:
    return asdict(entry)


def of_json(kept: Any) -> Entry | None:
    """None: it is not what `to_json` made."""
    try:
        entry = Entry(**kept)
        if entry.local:
            datetime.fromisoformat(entry.local)
        entry.left_s(ClockReading(0.0, 0.0, entry.boot))
    except (TypeError, ValueError):
        return None
    return entry if type(entry.number) is int and entry.kind in ("timer", "alarm", "reminder") else None
