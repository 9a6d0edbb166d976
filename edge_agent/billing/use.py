"""What the service was used for: tokens of each kind, and seconds that were written down. Pure."""

from __future__ import annotations

from dataclasses import astuple, fields
from typing import Any

from ..vocabulary.events import ResponseBilled, ResponseDone, Usage, UserTranscribed
from ..vocabulary.frozen import frozen

LARGEST_COUNT = 2.0**53  # of anything that is counted


@frozen
class Use:
    """Tokens, each counted once (what was cached is not in `_in`), and seconds: that were written down, and of sessions
    that are paid for by the minute."""

    responses: int = 0
    text_in: int = 0
    text_cached: int = 0
    text_out: int = 0
    audio_in: int = 0
    audio_cached: int = 0
    audio_out: int = 0
    transcribed_s: float = 0.0
    live_s: float = 0.0

    def __add__(self, other: Use) -> Use:
        return Use(*(ours + theirs for ours, theirs in zip(astuple(self), astuple(other), strict=True)))

    def __sub__(self, other: Use) -> Use:
        return Use(*(ours - theirs for ours, theirs in zip(astuple(self), astuple(other), strict=True)))

    @classmethod
    def of(cls, event: ResponseDone | ResponseBilled | UserTranscribed) -> Use:
        """What the service bills for with this event. Less than nothing counts as nothing.

        Tokens that it gives no kind for are never free: what it does not call text or audio is taken for audio, which
        is dearer, and what was cached for text first, which saves least. What it calls reasoning is text.
        """
        if isinstance(event, UserTranscribed):
            return cls(transcribed_s=max(0.0, event.seconds))
        usage = event.usage
        text, audio = max(0, usage.input_text), max(0, usage.input_audio)
        text_out, audio_out = max(0, usage.output_text), max(0, usage.output_audio)
        others_in, others_out = others_of(usage)
        reasoning = min(max(0, usage.reasoning), others_out)
        audio += others_in
        text_cached, audio_cached = (
            min(max(0, usage.cached_text), text),
            min(max(0, usage.cached_audio), audio),
        )
        others = max(0, usage.cached - text_cached - audio_cached)
        text_more = min(others, text - text_cached)
        audio_more = min(others - text_more, audio - audio_cached)
        text_cached, audio_cached = text_cached + text_more, audio_cached + audio_more
        return cls(
            responses=1,
            text_in=text - text_cached,
            text_cached=text_cached,
            text_out=text_out + reasoning,
            audio_in=audio - audio_cached,
            audio_cached=audio_cached,
            audio_out=audio_out + others_out - reasoning,
        )

    @classmethod
    def read(cls, written: Any) -> Use | None:
        """From what `asdict` made, and a disk may have spoilt; None: it cannot be read."""
        names = {item.name for item in fields(cls)}
        if not isinstance(written, dict) or not written.keys() <= names:
            return None
        if not all(type(value) in (int, float) and 0 <= value < LARGEST_COUNT for value in written.values()):
            return None
        return cls(**written)


def others_of(usage: Usage) -> tuple[int, int]:
    """Tokens that went in and came out, and are in the sums alone: neither called text nor audio. Of a sum of both
    that is larger than the two, all the rest came out, which is dearer."""
    text_and_audio_in = max(0, usage.input_text) + max(0, usage.input_audio)
    text_and_audio_out = max(0, usage.output_text) + max(0, usage.output_audio)
    went_in, came_out = max(usage.input, text_and_audio_in), max(usage.output, text_and_audio_out)
    came_out = max(came_out, usage.total - went_in)
    return went_in - text_and_audio_in, came_out - text_and_audio_out


def assumes(event: ResponseDone | ResponseBilled) -> bool:
    """Whether some of its tokens are booked by an assumption of what they were."""
    usage = event.usage
    went_in, came_out = others_of(usage)
    unsorted = usage.cached > max(0, usage.cached_text) + max(0, usage.cached_audio)
    return bool(went_in or came_out > max(0, usage.reasoning) or unsorted)
