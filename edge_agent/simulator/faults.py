"""Faults by script: what goes wrong, and at which moment.

Written WHAT[:ARGUMENT]@MOMENT[#N]: the N-th time that the moment comes (1 if left out; * for every time).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus

WHATS = {
    "refuse": "refuse the upgrade with an HTTP status and an optional Retry-After (refuse:401, refuse:429:7)",
    "drop": "cut the connection without a close frame",
    "reset": "like drop, but with a TCP reset: data in flight is lost",
    "close": "close with a code (close:1011)",
    "expire": "session_expired, then close 1001",
    "expires-in": "session.created gives a lifetime in seconds (expires-in:60; expires-in:-1: already over)",
    "no-expiry": "session.created does not say when it ends",
    "freeze": "send nothing from now on, not even a pong",
    "error": "refuse the event with an error code and the event's id (error:server_error)",
    "anonymous-error": "like error, without the event's id",
    "fatal": "an error event with this code, then close 4000, or 3000 for fatal:invalid_api_key",
    "never-updated": "session.updated never comes",
    "late-updated": "session.updated comes this many ms late (late-updated:2000)",
    "fail": "the response fails with this code (fail:server_error, fail:rate_limit_exceeded)",
    "fail-early": "the response fails without response.created",
    "incomplete": "the response ends early (incomplete:content_filter, incomplete:max_output_tokens)",
    "stall": "the response stops in the middle and never ends",
    "no-done": "the response is spoken to its end, but response.done never comes",
    "slow": "from now on, answers arrive at this percentage of real time (slow:30)",
    "no-transcript": "the transcription of what the user said fails",
    "late-deltas": "audio continues for a while after a cancel",
    "no-rate-limits": "rate_limits.updated is left out",
    "items-first": "conversation.item.done before response.output_item.done",
    "duplicate": "from now on, every event is sent twice",
    "reorder": "from now on, neighbouring events are swapped",
    "unknown": "an unknown event and an unknown field",
    "big": "a frame of this many bytes (big:2097152)",
    "binary": "a binary frame",
    "bad-json": "a frame that is not JSON",
}
TAKE_ARGUMENT = frozenset(what for what, meaning in WHATS.items() if re.search(rf"\b{what}:\S", meaning)) | {
    "anonymous-error",
    "fail-early",
}
MOMENTS = {
    "connect": "the upgrade is requested",
    "accept": "the upgrade is done; session.created comes next",
    "session.update": "session.update",
    "session": "the session is configured",
    "append": "input_audio_buffer.append",
    "commit": "input_audio_buffer.commit, or the service detects the end of an utterance",
    "speech": "the service hears speech",
    "item": "conversation.item.create",
    "response": "response.create, or the service answers by itself",
    "audio": "the first sound of an answer was sent",
    "halfway": "half of its sound was sent",
    "done": "response.done was sent",
    "cancel": "response.cancel",
    "truncate": "conversation.item.truncate",
}
NOW = ""  # the moment of a fault that is injected
ONLY = {  # faults that can only happen at some moment
    "refuse": ("connect",),
    "expires-in": ("accept",),
    "no-expiry": ("accept",),
    "never-updated": ("session.update",),
    "late-updated": ("session.update",),
    "no-transcript": ("commit",),
    "late-deltas": ("cancel",),
    "no-rate-limits": ("response",),
    "items-first": ("response",),
}
AT_CONNECT = ("refuse", "drop", "reset", "freeze")
STATUSES = [status.value for status in HTTPStatus if status >= 200]
CLOSE_CODES = [*range(1000, 1004), *range(1007, 1015), *range(3000, 5000)]  # that a close frame may carry
NUMBERS = {  # an example, and what is allowed
    "refuse": (429, STATUSES),
    "close": (1011, CLOSE_CODES),
    "expires-in": (60, range(-(2**40), 2**40)),
    "late-updated": (2000, range(2**40)),
    "slow": (30, range(1, 2**40)),
    "big": (2097152, range(2**28)),
}


@dataclass(frozen=True, slots=True)
class Fault:
    what: str
    argument: str
    moment: str
    nth: int | None  # None: every time

    @property
    def number(self) -> int:
        return int(self.argument.partition(":")[0])

    @property
    def retry_after(self) -> str:
        return self.argument.partition(":")[2]


def parse(text: str) -> Fault:
    """Raises ValueError with a sentence."""
    match = re.fullmatch(r"([^@]*)@([a-z.]+)(?:#([1-9][0-9]*|\*))?", text)
    if not match:
        raise ValueError(f"{text!r} must be WHAT[:ARGUMENT]@MOMENT[#N], as in drop@commit#2")
    shown, moment, nth = match.groups()
    what, argument = _parse_what(shown)
    if moment not in MOMENTS:
        raise ValueError(f"{moment!r} is not a moment; choose from {', '.join(MOMENTS)}")
    if not possible(what, moment):
        where = ", ".join(at for at in MOMENTS if possible(what, at))
        raise ValueError(f"{what} cannot happen at {moment}, only at: {where}")
    return Fault(what, argument, moment, None if nth == "*" else int(nth or 1))


def parse_now(text: str) -> Fault:
    """WHAT[:ARGUMENT], to be injected. Raises ValueError with a sentence."""
    what, argument = _parse_what(text)
    if what in ONLY:
        raise ValueError(f"{what} cannot happen now, only at: {', '.join(ONLY[what])}")
    return Fault(what, argument, NOW, None)


def possible(what: str, moment: str) -> bool:
    return moment in ONLY.get(what, (moment,)) and (moment != "connect" or what in AT_CONNECT)


def _parse_what(text: str) -> tuple[str, str]:
    what, colon, argument = text.partition(":")
    if what not in WHATS:
        raise ValueError(f"{what!r} is not a fault; choose from {', '.join(WHATS)}")
    if what in NUMBERS:
        example, allowed = NUMBERS[what]
        number = argument.partition(":")[0] if what == "refuse" else argument
        if not re.fullmatch(r"-?[0-9]{1,12}", number) or int(number) not in allowed:
            raise ValueError(f"{what} needs a number, as in {what}:{example}; {text!r} has no valid one")
    if colon and what not in TAKE_ARGUMENT:
        raise ValueError(f"{what} takes no argument: {text}")
    return what, argument


def error_type(code: str) -> str:
    """The `type` that goes with an error's `code`."""
    if code in ("server_error", "rate_limit_exceeded", "insufficient_quota"):
        return code
    return "invalid_request_error"


class FaultScript:
    """Counts the moments as they come, over all connections."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self._seen: Counter[str] = Counter()
        self._faults: list[tuple[Fault, int]] = []  # and how often its moment had come before
        self.add(*faults)

    def add(self, *faults: Fault) -> None:
        """Their moments are counted from now on."""
        self._faults += [(fault, self._seen[fault.moment]) for fault in faults]

    def remove(self, fault: Fault) -> None:
        self._faults = [(kept, before) for kept, before in self._faults if kept is not fault]

    def clear(self) -> None:
        """Nothing more goes wrong."""
        self._faults.clear()

    def at(self, moment: str) -> list[Fault]:
        """The moment has come (once more): the faults that are due."""
        self._seen[moment] += 1
        count = self._seen[moment]
        return [
            fault
            for fault, before in self._faults
            if fault.moment == moment and fault.nth in (None, count - before)
        ]
