"""Faults by script: what goes wrong, and at which moment.

Written WHAT[:ARGUMENT]@MOMENT[#N]: the N-th time that the moment comes (1 if left out; * for every time).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

WHATS = {
    "refuse": "refuse the upgrade with an HTTP status (refuse:429, refuse:401, ...)",
    "busy": "refuse the upgrade with 429 and Retry-After in seconds (busy:3)",
    "drop": "cut the connection without a close frame",
    "reset": "the same with a TCP reset",
    "close": "close with a code (close:1011)",
    "expire": "session_expired, then close 1001",
    "freeze": "say nothing any more, not even a pong",
    "error": "refuse the event with an error code that names it (error:server_error)",
    "anonymous-error": "the same, without the event's id",
    "fatal": "an error event with this code, then close 4000 (fatal:insufficient_quota)",
    "never-updated": "no session.updated",
    "late-updated": "session.updated so many ms later (late-updated:2000)",
    "fail": "the response fails with this code (fail:server_error)",
    "fail-early": "the same, without response.created",
    "incomplete": "the response ends early (incomplete:content_filter)",
    "stall": "the response stops in the middle and never ends",
    "slow": "the response comes at so many percent of real time (slow:50)",
    "no-transcript": "the transcription of what the user said fails",
    "late-deltas": "audio goes on for a while after a cancel",
    "no-rate-limits": "rate_limits.updated is left out",
    "items-first": "conversation.item.done before response.output_item.done",
    "unknown": "an event and a field that nobody knows",
    "big": "a frame of so many bytes (big:2097152)",
    "binary": "a binary frame",
    "bad-json": "a frame that is no JSON",
    "duplicate": "from now on everything is sent twice",
    "reorder": "from now on neighbours change places",
}
TAKE_ARGUMENT = frozenset(what for what, meaning in WHATS.items() if f"{what}:" in meaning) | {
    "anonymous-error",
    "fail-early",
}
NEEDS_NUMBER = {"refuse": 429, "busy": 3, "close": 1011, "late-updated": 2000, "slow": 50, "big": 2097152}
MOMENTS = (
    "connect",
    "session",
    "session.update",
    "append",
    "commit",
    "speech",
    "response",
    "audio",
    "halfway",
    "cancel",
)


@dataclass(frozen=True, slots=True)
class Fault:
    what: str
    argument: str
    moment: str
    nth: int | None  # None: every time

    @property
    def number(self) -> int:
        return int(self.argument)


def parse(text: str) -> Fault:
    """Raises ValueError with a sentence."""
    match = re.fullmatch(r"([a-z-]+)(?::([^@]*))?@([a-z.]+)(?:#([1-9][0-9]*|\*))?", text)
    if not match:
        raise ValueError(f"{text!r} should be WHAT[:ARGUMENT]@MOMENT[#N], as in drop@commit#2")
    what, argument, moment, nth = match.groups()
    if what not in WHATS:
        raise ValueError(f"{what!r} is no fault; there are: {', '.join(WHATS)}")
    if moment not in MOMENTS:
        raise ValueError(f"{moment!r} is no moment; there are: {', '.join(MOMENTS)}")
    if what in NEEDS_NUMBER and not (argument or "").isdigit():
        raise ValueError(f"{what} needs a number, as in {what}:{NEEDS_NUMBER[what]}")
    if argument and what not in TAKE_ARGUMENT:
        raise ValueError(f"{what} takes no argument: {what}@{moment}")
    return Fault(what, argument or "", moment, None if nth == "*" else int(nth or 1))


class FaultScript:
    """Counts the moments as they come, over all connections."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self._faults = tuple(faults)
        self._seen: Counter[str] = Counter()

    def add(self, fault: Fault) -> None:
        self._faults = (*self._faults, fault)

    def remove(self, fault: Fault) -> None:
        self._faults = tuple(other for other in self._faults if other is not fault)

    def count(self, moment: str) -> int:
        """How often it has come."""
        return self._seen[moment]

    def at(self, moment: str) -> list[Fault]:
        """The moment has come (once more): the faults that are due."""
        self._seen[moment] += 1
        count = self._seen[moment]
        return [fault for fault in self._faults if fault.moment == moment and fault.nth in (None, count)]
