"""The body of `session.update` in Voice Live: flat, as in preview, with what Azure Speech adds.

Source: the Voice Live reference 2026-07-15. What is not set is left out, so that the service's own default holds.
Voices are sent as objects, the only form that the reference has. `auto_truncate` stays off: what was heard is known
here.
"""

from __future__ import annotations

from ...config.model import AssistantSettings, AudioSettings, Config, TurnTaking
from ...config.providers import NATIVE_VOICES, PROVIDERS, is_azure_voice
from ...config.setting import listed
from . import Json
from .session_body import server_vad, transcription

TIMED = ("azure-standard", "azure-custom")  # kinds of voices whose words have times
HOTTEST = 1.0  # temperature; the reference allows 1.2 and the models of its client 1.0
END_OF_UTTERANCE = {  # the model that goes with each detection
    "azure_semantic_vad": "semantic_detection_v1",
    "azure_semantic_vad_en": "semantic_detection_v1_en",
    "azure_semantic_vad_multilingual": "semantic_detection_v1_multilingual",
}


def voice_live_session(config: Config) -> Json:
    assistant, audio, voice = config.assistant, config.audio, _voice(config.assistant)
    session: Json = {
        "modalities": ["text", "audio"],
        "instructions": assistant.instructions,
        "voice": voice,
        "input_audio_format": "pcm16",
        "input_audio_sampling_rate": PROVIDERS[config.service.provider].upload_rate_hz,
        "output_audio_format": "pcm16",
        "input_audio_transcription": transcription(assistant),
        "turn_detection": _detection(config.turns),
        "temperature": min(assistant.temperature, HOTTEST),
        "max_response_output_tokens": assistant.max_output_tokens or "inf",
    }
    if assistant.reasoning != "default":
        session["reasoning_effort"] = assistant.reasoning
    if voice["type"] in TIMED:
        session["output_audio_timestamp_types"] = ["word"]
    # its own takes the place of the models' near_field and far_field, which most of its models do not have
    if audio.service_noise_suppression or audio.noise_reduction != "off":
        session["input_audio_noise_reduction"] = {"type": "azure_deep_noise_suppression"}
    if audio.service_echo != "off":
        session["input_audio_echo_cancellation"] = _echo_cancellation(audio)
    return session


def voice_live_detection(turns: TurnTaking | None) -> Json:
    return {"turn_detection": _detection(turns) if turns else None}


def _detection(turns: TurnTaking) -> Json | None:
    if not turns.service_ends:
        return None
    detection: Json = {"type": turns.semantic_vad} if turns.end == "semantic" else server_vad(turns)
    if turns.end == "semantic":
        if turns.remove_filler_words:
            detection["remove_filler_words"] = True
        if languages := listed(turns.semantic_languages):
            detection["languages"] = languages
    if turns.end_of_utterance != "off":
        judged_by = {"model": END_OF_UTTERANCE[turns.semantic_vad], "threshold_level": turns.end_of_utterance}
        detection["end_of_utterance_detection"] = judged_by
    return detection


def _voice(assistant: AssistantSettings) -> Json:
    name = assistant.voice
    if assistant.voice_endpoint_id:
        return {"type": "azure-custom", "name": name, "endpoint_id": assistant.voice_endpoint_id}
    if is_azure_voice(name):
        return {"type": "azure-standard", "name": name}
    return {"type": "azure-realtime-native" if name in NATIVE_VOICES else "openai", "name": name}


def _echo_cancellation(audio: AudioSettings) -> Json:
    source = {"reference_source": "client", "channels": 2} if audio.service_echo == "client" else {}
    return {"type": "server_echo_cancellation"} | source
