"""The session object of the simulated service: its defaults, and how an update changes it."""

from __future__ import annotations

from typing import Any

from .server_events import Json, ServerEvents

_VAD: Json = {"type": "server_vad", "threshold": 0.5, "prefix_padding_ms": 300, "silence_duration_ms": 200}


def defaults(wire: ServerEvents, model: str, expires_at: float) -> Json:
    """A new session as the service announces it: the defaults of captured ones."""
    detection = _VAD | {"create_response": True, "interrupt_response": True}
    common: Json = {
        "id": wire.id("sess"),
        "object": "realtime.session",
        "model": model,
        "expires_at": int(expires_at),
        "instructions": "You are a helpful assistant.",
        "tools": [],
        "tool_choice": "auto",
    }
    if not wire.ga:
        return common | {
            "modalities": ["audio", "text"],
            "voice": "alloy",
            "turn_detection": detection,
            "input_audio_format": "pcm16",
            "output_audio_format": "pcm16",
            "input_audio_transcription": None,
            "temperature": 0.8,
            "max_response_output_tokens": "inf",
        }
    pcm = {"type": "audio/pcm", "rate": 24000}
    heard = {"format": pcm, "transcription": None, "noise_reduction": None}
    return common | {
        "type": "realtime",
        "output_modalities": ["audio"],
        "max_output_tokens": "inf",
        "truncation": "auto",
        "tracing": None,
        "prompt": None,
        "include": None,
        "audio": {
            "input": heard | {"turn_detection": detection | {"idle_timeout_ms": None}},
            "output": {"format": pcm, "voice": "alloy", "speed": 1.0},
        },
    }


def merge(config: Json, update: Json) -> None:
    """A partial update: only the keys that are present change."""
    for key, value in update.items():
        known = config.get(key)
        if key == "turn_detection" and value:
            config[key] = (_VAD if value.get("type") != "semantic_vad" else {}) | value
        elif isinstance(known, dict) and isinstance(value, dict):
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
    if wire.ga:
        output = session["audio"]["output"]
        audio = {"output": {"format": output["format"], "voice": output["voice"]}}
        shown: Json = {key: session[key] for key in ("output_modalities", "max_output_tokens")}
        return shown | {"audio": audio}
    shown = {key: session[key] for key in ("modalities", "voice", "output_audio_format", "temperature")}
    return shown | {"max_output_tokens": session["max_response_output_tokens"]}
