"""How long a text is for GPT-Live, and in which pieces a long one is told. Pure."""

from __future__ import annotations

import re

LONGEST_PIECE = 420  # tokens of 500: they are estimated, and something is said before them
# where one piece may end and the next begin: a paragraph, a sentence, a clause, a word
_ENDS = (
    r"\n",
    r"[.!?](?=\s)|[\u3002\uff01\uff1f\u0964]",
    r"[,;:](?=\s)|[\u3001\uff0c]",
    r"\s",
)


def tokens(text: str) -> int:
    """Never too few: four letters are one, and so is each other character."""
    letters = sum(char.isascii() for char in text)
    return -(-letters // 4) + len(text) - letters


def pieces(text: str, most: int = LONGEST_PIECE) -> list[str]:
    """All of it, in as few pieces as sentences allow."""
    found = []
    while tokens(text) > most:
        cut = _cut(text, most)
        found.append(text[:cut])
        text = text[cut:]
    return [*found, text]


def _cut(text: str, most: int) -> int:
    """Where the first piece ends: not far before it must. `text`: more than one piece."""
    longest = _fitting(text, most)
    for end in _ENDS:
        ends = [match.end() for match in re.finditer(end, text[:longest])]
        if ends and ends[-1] > longest // 2:
            return ends[-1]
    return longest


def _fitting(text: str, most: int) -> int:
    """How many characters fit into this many tokens."""
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if tokens(text[:middle]) <= most else (low, middle - 1)
    return low
