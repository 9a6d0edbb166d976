"""What the service refuses beyond the shape of an event: ranges, combinations, lengths."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from .schema import Complaint, Json

LONGEST_ID = 32
VOICES = {
    "preview": ("alloy", "ash", "ballad", "coral", "echo", "sage", "shimmer", "verse"),
    "ga": ("alloy", "ash", "ballad", "coral", "echo", "sage", "shimmer", "verse", "marin", "cedar"),
}
CREATABLE = {  # content types that a client may give to a message, by role
    "ga": {
        "system": ("input_text",),
        "user": ("input_text", "input_audio", "input_image"),
        "assistant": ("output_text",),
    },
    "preview": {"system": ("input_text",), "user": ("input_text", "input_audio"), "assistant": ("text",)},
}


def check_session(session: Json, dialect: Literal["ga", "preview"]) -> Iterator[Complaint]:
    """The values of a `session.update` whose shape is right."""
    ga = dialect == "ga"
    modalities_key = "output_modalities" if ga else "modalities"
    allowed = (["audio"], ["text"]) if ga else (["audio", "text"], ["text"])
    if (modalities := session.get(modalities_key)) is not None and sorted(modalities) not in allowed:
        shown = " and ".join(str(combination) for combination in allowed)
        yield _invalid(
            f"session.{modalities_key}",
            f"Invalid modalities: {modalities}. Supported combinations are: {shown}.",
        )
    tokens_key = "max_output_tokens" if ga else "max_response_output_tokens"
    tokens = session.get(tokens_key)
    if isinstance(tokens, int) and not 1 <= tokens <= 4096:
        yield _invalid(f"session.{tokens_key}", f"Invalid value: {tokens}. Must be 1 to 4096, or 'inf'.")
    temperature = session.get("temperature")
    if temperature is not None and not 0.6 <= temperature <= 1.2:
        bound = "below minimum value. Expected a value >= 0.6" if temperature < 0.6 else "above maximum value"
        yield _invalid("session.temperature", f"Invalid 'session.temperature': decimal {bound}.")
    audio = session.get("audio") or {}
    voice = (audio.get("output") or {}).get("voice") if ga else session.get("voice")
    if isinstance(voice, str) and voice not in VOICES[dialect]:
        path = "session.audio.output.voice" if ga else "session.voice"
        listed = ", ".join(f"'{name}'" for name in VOICES[dialect])
        yield _invalid(path, f"Invalid value: '{voice}'. Supported values are: {listed}.")
    detection = (audio.get("input") or {}).get("turn_detection") if ga else session.get("turn_detection")
    if detection:
        path = "session.audio.input.turn_detection" if ga else "session.turn_detection"
        yield from _check_detection(detection, path, dialect)


def check_item(item: Json, dialect: Literal["ga", "preview"]) -> Iterator[Complaint]:
    """The values of an item that the client creates."""
    for key in ("id", "call_id"):
        value = item.get(key)
        if isinstance(value, str) and len(value) > LONGEST_ID:
            yield Complaint(
                "string_above_max_length",
                f"Invalid 'item.{key}': string too long. Expected a string with maximum length"
                f" {LONGEST_ID}, but got a string with length {len(value)} instead.",
                f"item.{key}",
            )
    if item.get("type") != "message":
        return
    role = item.get("role")
    if role is None:
        yield Complaint("missing_required_parameter", "Missing required parameter: 'item.role'.", "item.role")
    types = CREATABLE[dialect].get(str(role), ())
    for index, content in enumerate(item.get("content") or []):
        if types and content.get("type") not in types:
            path = f"item.content[{index}].type"
            yield _invalid(path, f"Invalid value: '{content.get('type')}'. Value must be '{types[0]}'.")


def _check_detection(detection: Json, path: str, dialect: str) -> Iterator[Complaint]:
    threshold = detection.get("threshold")
    if threshold is not None and not 0 <= threshold <= 1:
        yield _invalid(f"{path}.threshold", f"Invalid value: {threshold}. Must be between 0.0 and 1.0.")
    if detection.get("type") == "semantic_vad" and dialect == "preview":
        yield _invalid(f"{path}.type", "Invalid value: 'semantic_vad'. Supported values are: 'server_vad'.")
    timeout = detection.get("idle_timeout_ms")
    if timeout is not None and not 5000 <= timeout <= 30000:
        yield _invalid(f"{path}.idle_timeout_ms", f"Invalid value: {timeout}. Must be 5000 to 30000.")


def _invalid(path: str, message: str) -> Complaint:
    return Complaint("invalid_value", message, path)
