"""The bill of one response: what it read and said, in tokens."""

from __future__ import annotations

from ..realtime.wire import Json
from ..vocabulary.frozen import frozen

MS_PER_SPOKEN_TOKEN = 50  # of the assistant (realtime costs page)


@frozen
class Reading:
    """Tokens that a response reads. `cached`: of those, at most."""

    text: int = 0
    audio: int = 0
    cached: int = 0


def usage_of(reading: Reading, text: int, audio: int, shape: str = "") -> Json | None:
    """As `response.done` says it. `shape`: "totals" has no details, "null" says nothing."""
    if shape == "null":
        return None
    read, said = reading.text + reading.audio, text + audio
    usage: Json = {"total_tokens": read + said, "input_tokens": read, "output_tokens": said}
    if shape == "totals":
        return usage
    cached = min(reading.cached, read)
    cached_audio = min(cached, reading.audio)
    usage["input_token_details"] = {
        "text_tokens": reading.text,
        "audio_tokens": reading.audio,
        "cached_tokens": cached,
        "cached_tokens_details": {"text_tokens": cached - cached_audio, "audio_tokens": cached_audio},
    }
    usage["output_token_details"] = {"text_tokens": text, "audio_tokens": audio}
    return usage
