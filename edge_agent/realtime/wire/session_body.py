"""The body of `session.update` in each dialect."""

from __future__ import annotations

from ...config.model import AssistantSettings, Config, TurnTaking
from . import Json


def turn_detection(turns: TurnTaking) -> Json | None:
    """What the service is told about who ends a turn; None: the device does."""
    if turns.mode != "hands-free" or turns.end == "local":
        return None
    if turns.end == "semantic":
        return {"type": "semantic_vad", "eagerness": turns.eagerness}
    return server_vad(turns)


def server_vad(turns: TurnTaking) -> Json:
    return {
        "type": "server_vad",
        "threshold": turns.threshold,
        "prefix_padding_ms": turns.prefix_padding_ms,
        "silence_duration_ms": turns.silence_duration_ms,
    }


def transcription(assistant: AssistantSettings) -> Json | None:
    if not assistant.transcription:
        return None
    model: Json = {"model": assistant.transcription}
    return model | ({"language": assistant.language} if assistant.language else {})


def ga_session(config: Config) -> Json:
    assistant = config.assistant
    pcm = {"type": "audio/pcm", "rate": 24000}
    return {
        "type": "realtime",
        "output_modalities": ["audio"],
        "instructions": assistant.instructions,
        "max_output_tokens": assistant.max_output_tokens or "inf",
        "audio": {
            "input": {
                "format": pcm,
                "transcription": transcription(assistant),
                "turn_detection": turn_detection(config.turns),
            },
            "output": {"format": pcm, "voice": assistant.voice},
        },
    }


def preview_session(config: Config) -> Json:
    assistant = config.assistant
    return {
        "modalities": ["audio", "text"],
        "instructions": assistant.instructions,
        "voice": assistant.voice,
        "input_audio_format": "pcm16",
        "output_audio_format": "pcm16",
        "input_audio_transcription": transcription(assistant),
        "turn_detection": turn_detection(config.turns),
        "temperature": assistant.temperature,
        "max_response_output_tokens": assistant.max_output_tokens or "inf",
    }


def ga_detection(turns: TurnTaking | None) -> Json:
    detection = turn_detection(turns) if turns else None
    return {"type": "realtime", "audio": {"input": {"turn_detection": detection}}}


def preview_detection(turns: TurnTaking | None) -> Json:
    return {"turn_detection": turn_detection(turns) if turns else None}
