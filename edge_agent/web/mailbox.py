"""What waits for a page that reads slowly. Pure.

Of what has a key, only the latest waits: a caption that grew three times is sent once. So it holds no more than there
is to show, however slow the reader is.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count
from typing import Any

from ..vocabulary.frozen import frozen

PageMessage = dict[str, Any]

MOST = 300


@frozen
class Letter:
    """`key`: of what it tells the latest; empty: each counts. `clears`: nothing that waited before it matters, but
    answers, which somebody waits for."""

    message: PageMessage
    key: str = ""
    clears: bool = False
    is_answer: bool = False


def answer_letter(number: object, answer: PageMessage) -> Letter:
    """`number`: of the request; anything else of a page is not sent back to it."""
    return Letter({"n": number if isinstance(number, int) else None, "ok": True, **answer}, is_answer=True)


class Mailbox:
    """`full`: more than `most` waited, and so it is not whole any more: its reader has to go."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._waiting: dict[object, Letter] = {}
        self._numbers = count()
        self.full = False

    def put(self, letters: Iterable[Letter]) -> None:
        for letter in letters:
            if letter.clears:
                self._waiting = {key: kept for key, kept in self._waiting.items() if kept.is_answer}
            self._waiting[letter.key or next(self._numbers)] = letter
        if len(self._waiting) > self._most:
            self._waiting.clear()
            self.full = True

    def take(self) -> list[PageMessage]:
        """All that waits, the oldest first."""
        taken = [letter.message for letter in self._waiting.values()]
        self._waiting.clear()
        return taken
