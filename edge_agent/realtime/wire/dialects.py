"""Where the dialects and providers of the Realtime API differ: a table.

Inside the agent there is one vocabulary, with the GA names. Sources: the GA and preview references of the
Realtime API (event and session models of the `openai` package), Azure's migration guide.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ...config.model import AssistantSettings, TurnTaking

Json = dict[str, Any]

PREVIEW_EVENTS: Mapping[str, str] = {
    "response.text.delta": "response.output_text.delta",
    "response.text.done": "response.output_text.done",
    "response.audio.delta": "response.output_audio.delta",
    "response.audio.done": "response.output_audio.done",
    "response.audio_transcript.delta": "response.output_audio_transcript.delta",
    "response.audio_transcript.done": "response.output_audio_transcript.done",
    "conversation.item.created": "conversation.item.added",
}


@dataclass(frozen=True, slots=True)
class Dialect:
    name: Literal["ga", "preview"]
    server_events: Mapping[str, str]  # names that differ -> the GA name
    session: Callable[[AssistantSettings, TurnTaking], Json]  # the body of session.update
    detection: Callable[[Json | None], Json]  # the body of a session.update about turn detection alone
    written: str  # the content type of what the assistant is said to have said
    tags_responses: bool  # response.create carries our id as metadata, and response.created brings it back
    scope: str  # of an Entra token


@dataclass(frozen=True, slots=True)
class Provider:
    dialect: Dialect
    path: str  # with {deployment} and {api_version}
    key_header: Literal["api-key", "authorization"]
    key_variable: str  # the environment variable that people keep the key in
    endpoint: str = ""  # where it is, if that is always the same


def turn_detection(turns: TurnTaking) -> Json | None:
    """What the service is told about who ends a turn; None: the device does."""
    if turns.mode != "hands-free" or turns.end == "local":
        return None
    if turns.end == "semantic":
        return {"type": "semantic_vad", "eagerness": turns.eagerness}
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


def ga_session(assistant: AssistantSettings, turns: TurnTaking) -> Json:
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
                "turn_detection": turn_detection(turns),
            },
            "output": {"format": pcm, "voice": assistant.voice},
        },
    }


def preview_session(assistant: AssistantSettings, turns: TurnTaking) -> Json:
    return {
        "modalities": ["audio", "text"],
        "instructions": assistant.instructions,
        "voice": assistant.voice,
        "input_audio_format": "pcm16",
        "output_audio_format": "pcm16",
        "input_audio_transcription": transcription(assistant),
        "turn_detection": turn_detection(turns),
        "temperature": assistant.temperature,
        "max_response_output_tokens": assistant.max_output_tokens or "inf",
    }


def ga_detection(detection: Json | None) -> Json:
    return {"type": "realtime", "audio": {"input": {"turn_detection": detection}}}


def preview_detection(detection: Json | None) -> Json:
    return {"turn_detection": detection}


GA = Dialect("ga", {}, ga_session, ga_detection, "output_text", True, "https://ai.azure.com/.default")
PREVIEW = Dialect(
    "preview",
    PREVIEW_EVENTS,
    preview_session,
    preview_detection,
    "text",
    False,
    "https://cognitiveservices.azure.com/.default",
)

PROVIDERS: Mapping[str, Provider] = {
    "azure": Provider(GA, "/openai/v1/realtime?model={deployment}", "api-key", "AZURE_OPENAI_API_KEY"),
    "azure-preview": Provider(
        PREVIEW,
        "/openai/realtime?api-version={api_version}&deployment={deployment}",
        "api-key",
        "AZURE_OPENAI_API_KEY",
    ),
    "openai": Provider(
        GA, "/v1/realtime?model={deployment}", "authorization", "OPENAI_API_KEY", "https://api.openai.com"
    ),
}
