"""The arithmetic between spoken words and milliseconds: how much of a text had been heard when it was cut off. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

from .frozen import frozen

TYPICAL_CHARS_PER_MS = 0.015
TELLING_MS = 1000  # what is shorter says little of anybody's pace
MOST_TIMED_ITEMS, MOST_TIMED_WORDS = 8, 1000


@frozen
class TimedWord:
    """`end_ms`: of the sound of its item, when it has been spoken."""

    text: str = ""
    end_ms: int = 0


@dataclass(slots=True)
class WordTimes:
    """Of the words of the latest items, in the order in which they are spoken."""

    items: dict[str, list[TimedWord]] = field(default_factory=dict)

    def add(self, item_id: str, text: str, end_ms: int) -> None:
        words = self.items.setdefault(item_id, [])
        if len(words) < MOST_TIMED_WORDS:
            words.append(TimedWord(text, end_ms))
        while len(self.items) > MOST_TIMED_ITEMS:
            del self.items[next(iter(self.items))]

    def of(self, item_id: str) -> list[TimedWord]:
        return self.items.get(item_id, [])

    def take(self, item_id: str) -> list[TimedWord]:
        """Those of an item, which are not needed again."""
        return self.items.pop(item_id, [])


@dataclass(slots=True)
class SpeechPace:
    """How quickly somebody speaks, learned from what was heard to its end."""

    chars_per_ms: float = TYPICAL_CHARS_PER_MS

    def learn(self, text: str, spoken_ms: int) -> None:
        if text and spoken_ms >= TELLING_MS:
            self.chars_per_ms = len(text) / spoken_ms

    def heard_chars(
        self, text: str, heard_ms: int, received_ms: int, *, whole: bool, timed: Sequence[TimedWord] = ()
    ) -> int:
        """Of a text of which so much sound was received; not `whole`: the words run ahead of the sound. Exact where the
        words are `timed`."""
        chars, is_exact = _timed_chars(text, timed, heard_ms)
        if is_exact:
            return chars
        share = heard_ms / received_ms if received_ms else 0.0
        if not whole and text:
            share = min(share, heard_ms * self.chars_per_ms / len(text))
        return max(chars, end_of_word(text, round(len(text) * share)))


def _timed_chars(text: str, timed: Sequence[TimedWord], heard_ms: int) -> tuple[int, bool]:
    """How much of a text had been spoken, and whether a word is known that had not."""
    chars = 0
    for word in timed:
        if word.end_ms > heard_ms:
            return chars, True
        at = text.find(word.text, chars)
        if at >= 0:  # else it was written otherwise than it was timed: 3 and three
            chars = _with_punctuation(text, at + len(word.text))
    return chars, False


def _with_punctuation(text: str, end: int) -> int:
    while end < len(text) and unicodedata.category(text[end]).startswith("P"):
        end += 1
    return end


def end_of_word(text: str, near: int) -> int:
    """Where the word ends that ends nearest to a place in the text."""
    if near >= len(text) or " " not in text:  # a language that does not separate its words
        return len(text[:near].rstrip())
    before, after = text.rfind(" ", 0, near + 1), text.find(" ", near)
    after = len(text) if after < 0 else after
    return len(text[: after if after - near < near - before else max(0, before)].rstrip())
