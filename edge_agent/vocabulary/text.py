"""What is valid text."""

from __future__ import annotations


def is_text(text: str) -> bool:
    """Whether it can be written as UTF-8. Arguments and environment variables keep invalid bytes as surrogates,
    and JSON can contain half a character."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
