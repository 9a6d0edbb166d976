"""The session object of the simulated service: its defaults, what is in it, and how an update changes it."""

from __future__ import annotations

from typing import Any

from ..realtime.wire import Json
from .dialects import VAD
from .server_events import ServerEvents

# Null turns these off; of anything else it says nothing.
NULLABLE = {
    "include",
    "input_audio_echo_cancellation",
    "input_audio_noise_reduction",
    "input_audio_transcription",
    "noise_reduction",
    "output_audio_timestamp_types",
    "prompt",
    "tracing",
    "transcription",
    "turn_detection",
}
# An update changes their members; other objects are replaced.
MERGED = {"audio", "input", "input_audio_noise_reduction", "noise_reduction", "output"}
LOGPROBS = "item.input_audio_transcription.logprobs"


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
    """A partial update: only the keys that are present change."""
    for key, value in update.items():
        known = config.get(key)
        if value is None:
            if key in NULLABLE:
                config[key] = None
        elif not isinstance(value, dict):
            config[key] = value
        elif key in MERGED and isinstance(known, dict):
            merge(known, value)
        elif key == "turn_detection":
            config[key] = (VAD if value.get("type") != "semantic_vad" else {}) | _given(value)
        elif key == "format":
            config[key] = _format(value)
        else:
            config[key] = _given(value)


def _given(members: Json) -> Json:
    return {key: value for key, value in members.items() if value is not None}


def _format(wanted: Json) -> Json:
    kind = wanted.get("type") or "audio/pcm"
    return {"type": kind} | ({"rate": 24000} if kind == "audio/pcm" else {})


def voice(session: Json) -> Any:
    return _output(session).get("voice") or session.get("voice")


def speed(session: Json) -> float | None:
    """1.0 is as usual; None: it does not say."""
    faster: float | None = _output(session).get("speed") or session.get("speed")
    return faster


def turn_detection(session: Json) -> Json | None:
    audio = session.get("audio")
    detection: Json | None = audio["input"]["turn_detection"] if audio else session["turn_detection"]
    return detection


def speaks(session: Json) -> bool:
    """Whether answers are sound, or only text."""
    modalities: list[str] = session.get("output_modalities") or session["modalities"]
    return "audio" in modalities


def longest_tokens(session: Json) -> int | None:
    """Of an answer; None: as long as it likes."""
    tokens = session.get("max_output_tokens") or session.get("max_response_output_tokens")
    return tokens if isinstance(tokens, int) else None


def transcription(session: Json) -> Json:
    """How the words of the user are written down; empty: they are not."""
    audio = session.get("audio")
    asked: Json | None = audio["input"]["transcription"] if audio else session["input_audio_transcription"]
    return asked or {}


def input_format(session: Json) -> Any:
    audio = session.get("audio")
    return audio["input"]["format"] if audio else session["input_audio_format"]


def output_format(session: Json) -> Any:
    audio = session.get("audio")
    return audio["output"]["format"] if audio else session["output_audio_format"]


def wants_logprobs(session: Json) -> bool:
    return LOGPROBS in (session.get("include") or ())


def response_base(session: Json, wire: ServerEvents) -> Json:
    """What a response echoes of the session."""
    return wire.dialect.response(session)


def _output(session: Json) -> Json:
    output: Json = (session.get("audio") or {}).get("output") or {}
    return output
