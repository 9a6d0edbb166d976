"""When each word of a simulated answer is spoken: they share its sound evenly. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ..vocabulary.frozen import frozen
from ..vocabulary.sound import service_ms
from .answers import Speech


@frozen
class SpokenWord:
    """In ms of the sound of its item."""

    text: str
    offset_ms: int
    duration_ms: int


def words_of(speech: Speech) -> list[SpokenWord]:
    words = speech.text.split()
    ends = [service_ms(speech.pcm) * (number + 1) // len(words) for number in range(len(words))]
    begins = [0, *ends[:-1]]
    return [SpokenWord(*one) for one in zip(words, begins, _lengths(begins, ends), strict=True)]


def between(words: list[SpokenWord], begin_ms: int, end_ms: int) -> Iterator[SpokenWord]:
    """Those that begin in this part of the sound."""
    return (word for word in words if begin_ms <= word.offset_ms < end_ms)


def _lengths(begins: list[int], ends: list[int]) -> list[int]:
    return [end - begin for begin, end in zip(begins, ends, strict=True)]
