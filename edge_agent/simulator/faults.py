"""Faults by script: what goes wrong, and at which moment.

Written WHAT[:ARGUMENT]@MOMENT[#N]: the N-th time that the moment comes (1 if left out; 2-4 for three times; * for every
time).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from ..vocabulary.frozen import frozen
from .fault_words import (
    AT_CONNECT,
    CHOICES,
    CLOSE_CODES,
    LONGEST_REASON,
    MOMENTS,
    MORE_THAN_A_NUMBER,
    NUMBERS,
    ONLY,
    TAKE_ARGUMENT,
    WHATS,
)

NOW = ""  # the moment of a fault that is injected


@frozen
class Fault:
    what: str
    argument: str
    moment: str
    nth: range | None  # None: every time

    @property
    def number(self) -> int:
        return int(self.part(0))

    def part(self, index: int, most: int = 3) -> str:
        """One of the parts of the argument, which colons divide into `most`; "" if it was left out."""
        parts = self.argument.split(":", most - 1)
        return parts[index] if index < len(parts) else ""


def parse(text: str) -> Fault:
    """Raises ValueError with a sentence."""
    match = re.fullmatch(r"([^@]*)@([a-z.]+)(?:#([1-9][0-9]{0,8})(?:-([1-9][0-9]{0,8}))?|#(\*))?", text)
    if not match:
        raise ValueError(f"{text!r} must be WHAT[:ARGUMENT]@MOMENT[#N], as in drop@commit#2")
    shown, moment, first, last, every = match.groups()
    what, argument = _parse_what(shown)
    if moment not in MOMENTS:
        raise ValueError(f"{moment!r} is not a moment; choose from {', '.join(MOMENTS)}")
    if not possible(what, moment):
        where = ", ".join(at for at in MOMENTS if possible(what, at))
        raise ValueError(f"{what} cannot happen at {moment}, only at: {where}")
    nth = range(int(first or 1), int(last or first or 1) + 1)
    if not nth:
        raise ValueError(f"{first}-{last} must count upwards, as in drop@commit#2-4")
    return Fault(what, argument, moment, None if every else nth)


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
    first = argument.partition(":")[0]
    if what in NUMBERS:
        example, allowed = NUMBERS[what]
        number = first if what in MORE_THAN_A_NUMBER else argument
        if not re.fullmatch(r"-?[0-9]{1,12}", number) or int(number) not in allowed:
            raise ValueError(f"{what} needs a number, as in {what}:{example}; {text!r} has no valid one")
    if what in CHOICES and first not in CHOICES[what]:
        raise ValueError(f"{what} needs one of {', '.join(CHOICES[what])}; {text!r} has none")
    if colon and what not in TAKE_ARGUMENT:
        raise ValueError(f"{what} takes no argument: {text}")
    if what in ("close", "fatal") and len(argument.encode()) > LONGEST_REASON:
        raise ValueError(
            f"{what} takes at most {LONGEST_REASON} bytes, of which the reason of the close is made: {text}"
        )
    if what == "fatal" and (close := argument.partition(":")[2].partition(":")[2]) and not _closes(close):
        raise ValueError(
            f"{close!r} is not a close code; write one as in fatal:server_error:server_error:1011"
        )
    return what, argument


def _closes(code: str) -> bool:
    return re.fullmatch(r"[0-9]{4}", code) is not None and int(code) in CLOSE_CODES


def error_type(code: str) -> str:
    """The `type` that goes with an error's `code`."""
    if code == "credit_balance_exhausted":
        return "insufficient_quota"
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
            if fault.moment == moment and (fault.nth is None or count - before in fault.nth)
        ]
