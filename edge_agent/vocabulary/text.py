"""What is valid text, and how much of what others write is kept, and shown."""

from __future__ import annotations

import re

LONGEST_MESSAGE = 500  # characters: a sentence of somebody else's
LONGEST_CODE = 128  # codes, names, ids
LONGEST_ITEM = 8000  # the words of one item of a conversation

# C0 and C1 controls, what ends a line elsewhere, what turns the direction of writing round, and halves of characters
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def is_text(text: str) -> bool:
    """Whether it can be written as UTF-8. Arguments and environment variables keep invalid bytes as surrogates,
    and JSON can contain half a character."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def harmless(text: str, most: int = LONGEST_MESSAGE) -> str:
    """At most so many characters, on one line, with spaces for what could control a terminal or forge a line of a log.

    For everything that somebody else wrote, where it enters.
    """
    return _UNSAFE.sub(" ", text[:most])
