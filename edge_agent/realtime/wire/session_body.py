"""The body of `session.update` in each dialect. Settings that have their default are not in it."""

from __future__ import annotations

from ...config.fitting import is_voice_id
from ...config.model import AssistantSettings, AudioSettings, Config, TurnTaking
from ...config.providers import PROVIDERS
from ...config.setting import listed
from . import Json

_PCM = {"type": "audio/pcm", "rate": 24000}


def turn_detection(turns: TurnTaking) -> Json | None:
    """What the service is told about who ends a turn; None: the device does."""
    if not turns.service_ends:
        return None
    if turns.end == "semantic":
        return {"type": "semantic_vad", "eagerness": turns.eagerness}
    return server_vad(turns)


def server_vad(turns: TurnTaking) -> Json:
    idle: Json = {"idle_timeout_ms": turns.idle_timeout_ms} if turns.idle_timeout_ms else {}
    return idle | {
        "type": "server_vad",
        "threshold": turns.threshold,
        "prefix_padding_ms": turns.prefix_padding_ms,
        "silence_duration_ms": turns.silence_duration_ms,
    }


def transcription(assistant: AssistantSettings) -> Json | None:
    if not assistant.transcription:
        return None
    languages, keywords = listed(assistant.transcription_languages), listed(assistant.transcription_keywords)
    model: Json = {"model": assistant.transcription}
    if languages:
        model["languages"] = languages
    elif assistant.language:
        model["language"] = assistant.language
    return model | ({"keywords": keywords} if keywords else {})


def ga_session(config: Config) -> Json:
    if PROVIDERS[config.service.provider].is_agent:
        return _agent_session(config.turns)
    assistant, pcm = config.assistant, _PCM
    heard: Json = {
        "format": pcm,
        "transcription": transcription(assistant),
        "turn_detection": turn_detection(config.turns),
    }
    voice = assistant.voice
    spoken: Json = {"format": pcm, "voice": {"id": voice} if is_voice_id(voice) else voice}
    session: Json = {
        "type": "realtime",
        "output_modalities": ["audio"],
        "instructions": assistant.instructions,
        "max_output_tokens": assistant.max_output_tokens or "inf",
        "audio": {
            "input": heard | _noise_reduction(config.audio, "noise_reduction"),
            "output": spoken | _speed(assistant),
        },
    }
    if assistant.reasoning != "default":
        session["reasoning"] = {"effort": assistant.reasoning}
    return session | _truncation(assistant)


def _agent_session(turns: TurnTaking) -> Json:
    """All else is the agent's, and what is said here would take its place."""
    heard = {"format": _PCM, "turn_detection": turn_detection(turns)}
    return {"type": "realtime", "audio": {"input": heard, "output": {"format": _PCM}}}


def preview_session(config: Config) -> Json:
    assistant = config.assistant
    session: Json = {
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
    return session | _noise_reduction(config.audio, "input_audio_noise_reduction") | _speed(assistant)


def ga_detection(turns: TurnTaking | None) -> Json:
    detection = turn_detection(turns) if turns else None
    return {"type": "realtime", "audio": {"input": {"turn_detection": detection}}}


def preview_detection(turns: TurnTaking | None) -> Json:
    return {"turn_detection": turn_detection(turns) if turns else None}


def _noise_reduction(audio: AudioSettings, key: str) -> Json:
    return {} if audio.noise_reduction == "off" else {key: {"type": audio.noise_reduction}}


def _speed(assistant: AssistantSettings) -> Json:
    return {} if assistant.speed == 1 else {"speed": assistant.speed}


def _truncation(assistant: AssistantSettings) -> Json:
    if not assistant.truncation_ratio:
        return {}
    limits = {"post_instructions": assistant.truncation_tokens}
    kept: Json = {"type": "retention_ratio", "retention_ratio": assistant.truncation_ratio}
    return {"truncation": kept | ({"token_limits": limits} if assistant.truncation_tokens else {})}
