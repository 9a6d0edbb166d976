"""Which models the service has at this door, and what they can do (types of openai 3.57.0, deprecation page)."""

from __future__ import annotations

import re

from .complaint import Complaint

SERVED = {
    "gpt-realtime",
    "gpt-realtime-2025-08-28",
    "gpt-realtime-1.5",
    "gpt-realtime-2",
    "gpt-realtime-2.1",
    "gpt-realtime-2.1-mini",
    "gpt-realtime-mini",
    "gpt-realtime-mini-2025-10-06",
    "gpt-realtime-mini-2025-12-15",
    "gpt-audio-1.5",
    "gpt-audio-mini",
    "gpt-audio-mini-2025-10-06",
    "gpt-audio-mini-2025-12-15",
}
TRANSCRIBERS = (
    "whisper-1",
    "gpt-transcribe",
    "gpt-live-transcribe",
    "gpt-4o-mini-transcribe",
    "gpt-4o-mini-transcribe-2025-12-15",
    "gpt-4o-transcribe",
    "gpt-4o-transcribe-diarize",
    "gpt-realtime-whisper",
)
_OTHER_DOORS = re.compile(
    r"gpt-live\b.*|gpt-realtime-(translate|whisper)\b.*|whisper(-1)?|gpt-(4o-)?(mini-)?transcribe\b.*"
)
_NO_REASONING = re.compile(r"gpt-(4o-)?(mini-)?(realtime|audio)(?!-2\b|-2\.)\b.*")


def speaks_elsewhere(name: str) -> bool:
    """Whether it is a model, or a deployment called like one, that has an API of its own."""
    return re.fullmatch(_OTHER_DOORS, name) is not None


def unsupported(model: str, path: str) -> Complaint | None:
    """Why this model cannot have a parameter for reasoning. What a deployment is called may say nothing."""
    if not re.fullmatch(_NO_REASONING, model):
        return None
    words = f"Unsupported parameter: '{path}' is not supported with this model."
    return Complaint("unsupported_parameter", words, path)
