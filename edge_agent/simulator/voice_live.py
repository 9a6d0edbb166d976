"""What Voice Live knows and refuses beyond the shape of an event. Pure.

Source: the Voice Live reference 2026-07-15.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..realtime.wire import Json
from .complaint import Complaint

NATIVE_MODEL = "azure-realtime"
NATIVE_VOICE, OPENAI_VOICE = "azure-realtime-native", "openai"  # types
AUDIO_MODELS = ("gpt-realtime", NATIVE_MODEL)  # what their names begin with; others only read and write
RATES_HZ = (8000, 16000, 24000)
OPENAI_TRANSCRIPTION = (
    "whisper-1",
    "gpt-4o-transcribe",
    "gpt-4o-mini-transcribe",
    "gpt-4o-transcribe-diarize",
)
AZURE_TRANSCRIPTION = ("azure-speech", "mai-transcribe", "mai-transcribe-1", "mai-transcribe-2")
TIMED_VOICES = ("azure-standard", "azure-custom", "azure-personal")
FIXED = ("input_audio_format", "input_audio_sampling_rate")  # once there was sound
_DETECTED: Json = {
    "threshold": 0.5,
    "silence_duration_ms": 500,
    "create_response": True,
    "interrupt_response": True,
}
_SERVER: Json = _DETECTED | {"prefix_padding_ms": 400, "speech_duration_ms": 200, "auto_truncate": False}
_SEMANTIC: Json = _DETECTED | {
    "prefix_padding_ms": 420,
    "speech_duration_ms": 80,
    "auto_truncate": False,
    "remove_filler_words": False,
}
DETECTIONS: Mapping[str, Json] = {  # and their defaults
    "server_vad": _SERVER,
    "azure_semantic_vad": _SEMANTIC,
    "azure_semantic_vad_en": _SEMANTIC,
    "azure_semantic_vad_multilingual": _SEMANTIC,
    "semantic_vad": {"eagerness": "auto", "create_response": True, "interrupt_response": True},
}
WARNING: Json = {
    "code": "simulated_service",
    "message": "Simulated: a warning interrupts nothing.",
    "param": None,
}


def settings() -> Json:
    return {
        "modalities": ["text", "audio"],
        "voice": {"type": OPENAI_VOICE, "name": "alloy"},
        "turn_detection": {"type": "server_vad"} | _SERVER,
        "input_audio_format": "pcm16",
        "input_audio_sampling_rate": 24000,
        "output_audio_format": "pcm16",
        "input_audio_noise_reduction": None,
        "input_audio_echo_cancellation": None,
        "input_audio_transcription": None,
        "output_audio_timestamp_types": None,
        "parallel_tool_calls": True,
        "temperature": 0.8,
        "max_response_output_tokens": "inf",
    }


def completed(update: Json, model: str) -> Json:
    """An update with the defaults of what it chooses."""
    update = dict(update)
    if detection := update.get("turn_detection"):
        update["turn_detection"] = DETECTIONS[detection["type"]] | detection
    if isinstance(voice := update.get("voice"), str):
        update["voice"] = {"type": OPENAI_VOICE, "name": voice}
    if not _hears(model) and not update.get("input_audio_transcription"):
        update["input_audio_transcription"] = {"model": "azure-speech"}
    return update


def times_words(session: Json) -> bool:
    """Whether the words of an answer come with their times."""
    return (
        "word" in (session.get("output_audio_timestamp_types") or ())
        and session["voice"]["type"] in TIMED_VOICES
    )


def check(update: Json, session: Json, *, sounded: bool) -> Iterator[Complaint]:
    """The values of a `session.update` whose shape is right. `sounded`: sound was appended."""
    new, model = (
        session | {key: value for key, value in update.items() if value is not None},
        session["model"],
    )
    yield from _check_sound(new)
    yield from _check_voice(update.get("voice"), model)
    transcription = (update.get("input_audio_transcription") or {}).get("model")
    known = (*OPENAI_TRANSCRIPTION, *AZURE_TRANSCRIPTION) if _hears(model) else AZURE_TRANSCRIPTION
    if transcription and transcription not in known:
        words = f"Transcription model '{transcription}' is not supported with model '{model}'."
        yield Complaint(
            "invalid_input_audio_transcription_model", words, "session.input_audio_transcription.model"
        )
    detection = (update.get("turn_detection") or {}).get("type")
    if detection == "semantic_vad" and not _hears(model):
        yield _invalid("turn_detection.type", f"'{detection}' is not supported with model '{model}'.")
    noise = (update.get("input_audio_noise_reduction") or {}).get("type", "azure_deep_noise_suppression")
    if noise != "azure_deep_noise_suppression" and not _hears(model):
        yield _invalid(
            "input_audio_noise_reduction.type", f"'{noise}' is not supported with model '{model}'."
        )
    if sounded:
        for key in FIXED:
            if new[key] != session[key]:
                yield _invalid(key, f"Cannot change '{key}' once audio was received.")
        if _channels(new) != _channels(session):
            yield _invalid(
                "input_audio_echo_cancellation.channels",
                "Cannot change the channels once audio was received.",
            )


def _check_sound(new: Json) -> Iterator[Complaint]:
    rate_hz = new["input_audio_sampling_rate"]
    if rate_hz not in RATES_HZ:
        yield _invalid(
            "input_audio_sampling_rate",
            f"Invalid value: {rate_hz}. Supported values are: 8000, 16000, 24000.",
        )
    echo = new.get("input_audio_echo_cancellation") or {}
    source, channels = echo.get("reference_source") or "server", echo.get("channels") or 1
    where = "session.input_audio_echo_cancellation"
    if source == "client" and new["input_audio_format"] != "pcm16":
        yield _invalid("input_audio_format", "'reference_source' client needs 'pcm16'.")
    if (source, channels) == ("server", 2):
        words = "'channels' 2 needs 'reference_source' client."
        yield Complaint("invalid_ec_channels_requires_client", words, f"{where}.channels")
    elif (source, channels) == ("client", 1):
        words = "'reference_source' client needs 'channels' 2."
        yield Complaint("invalid_ec_reference_channels", words, f"{where}.channels")
    elif channels not in (1, 2):
        yield _invalid(
            "input_audio_echo_cancellation.channels", f"Invalid value: {channels}. Must be 1 or 2."
        )


def _check_voice(voice: Any, model: str) -> Iterator[Complaint]:
    if voice is None:
        return
    kind = OPENAI_VOICE if isinstance(voice, str) else voice["type"]
    if (kind == NATIVE_VOICE) != (model == NATIVE_MODEL):
        yield _invalid("voice.type", f"Voice type '{kind}' is not supported with model '{model}'.")
    elif kind == OPENAI_VOICE and not _hears(model):
        yield _invalid("voice", f"OpenAI voices are not supported with model '{model}'.")


def _channels(session: Json) -> int:
    return int((session.get("input_audio_echo_cancellation") or {}).get("channels") or 1)


def _hears(model: str) -> bool:
    """Whether a model takes sound; others are told what Azure Speech has written down."""
    return model.startswith(AUDIO_MODELS)


def _invalid(path: str, message: str) -> Complaint:
    return Complaint("invalid_value", message, f"session.{path}")
