"""The arithmetic between spoken words and milliseconds: how much of a text had been heard when it was cut off. Pure."""

from __future__ import annotations

from dataclasses import dataclass

TYPICAL_CHARS_PER_MS = 0.015


@dataclass(slots=True)
class SpeechPace:
    """How quickly somebody speaks, learned from what was heard to its end."""

    chars_per_ms: float = TYPICAL_CHARS_PER_MS

    def learn(self, text: str, spoken_ms: int) -> None:
        if text and spoken_ms:
            self.chars_per_ms = len(text) / spoken_ms

    def heard_chars(self, text: str, heard_ms: int, received_ms: int, *, whole: bool) -> int:
        """Of a text of which so much sound was received; not `whole`: the words run ahead of the sound."""
        share = heard_ms / received_ms if received_ms else 0.0
        if not whole and text:
            share = min(share, heard_ms * self.chars_per_ms / len(text))
        return end_of_word(text, round(len(text) * share))


def end_of_word(text: str, near: int) -> int:
    """Where the word ends that ends nearest to a place in the text."""
    if near >= len(text) or " " not in text:  # a language that does not separate its words
        return len(text[:near].rstrip())
    before, after = text.rfind(" ", 0, near + 1), text.find(" ", near)
    after = len(text) if after < 0 else after
    return len(text[: after if after - near < near - before else max(0, before)].rstrip())
