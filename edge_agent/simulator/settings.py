"""The session object of the simulated service: its defaults, and how an update changes it."""

from __future__ import annotations

from typing import Any

from ..realtime.wire import Json
from .dialects import VAD
from .server_events import ServerEvents

WHOLE = ("voice", "input_audio_echo_cancellation", "input_audio_transcription")  # objects that are not merged


def defaults(wire: ServerEvents, model: str, expires_at: float | None) -> Json:
    """A new session as the service announces it: the defaults of captured ones. `expires_at` None: it does not say."""
    common: Json = {
        "id": wire.id("sess"),
        "object": "realtime.session",
        "model": model,
        "instructions": "You are a helpful assistant.",
        "tools": [],
        "tool_choice": "auto",
    }
    told = {} if expires_at is None else {"expires_at": int(expires_at)}
    return common | told | wire.dialect.settings()


def merge(config: Json, update: Json) -> None:
    """A partial update: only the keys that are present change. A voice is replaced as a whole."""
    for key, value in update.items():
        known = config.get(key)
        if key == "turn_detection" and value:
            config[key] = (VAD if value.get("type") != "semantic_vad" else {}) | value
        elif isinstance(known, dict) and isinstance(value, dict) and key not in WHOLE:
            merge(known, value)
        else:
            config[key] = value


def voice(session: Json) -> Any:
    return ((session.get("audio") or {}).get("output") or {}).get("voice") or session.get("voice")


def turn_detection(session: Json) -> Json | None:
    audio = session.get("audio")
    detection: Json | None = audio["input"]["turn_detection"] if audio else session["turn_detection"]
    return detection


def speaks(session: Json) -> bool:
    """Whether answers are sound, or only text."""
    modalities: list[str] = session.get("output_modalities") or session["modalities"]
    return "audio" in modalities


def transcribes(session: Json) -> bool:
    audio = session.get("audio")
    return bool(audio["input"]["transcription"] if audio else session["input_audio_transcription"])


def response_base(session: Json, wire: ServerEvents) -> Json:
    """What a response echoes of the session."""
    return wire.dialect.response(session)
