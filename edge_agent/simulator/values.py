"""What the service refuses beyond the shape of an event: ranges, combinations, lengths."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..realtime.wire import Json
from .complaint import Complaint
from .dialects import ServiceDialect
from .served_models import unsupported
from .tool_values import check_tools

LONGEST_ID, LONGEST_EVENT_ID = 32, 512  # characters
TOOL_CHOICES = ("none", "auto", "required")
MOST_METADATA, LONGEST_METADATA_KEY, LONGEST_METADATA_VALUE = 16, 64, 512
NEEDED: Mapping[Any, Sequence[str]] = {  # older models let a client leave out anything
    "message": ("role", "content"),
    "function_call": ("name", "arguments"),
    "function_call_output": ("call_id", "output"),
    "mcp_approval_response": ("approval_request_id", "approve"),
}
HOLDS = {"input_text": "text", "output_text": "text", "text": "text", "input_audio": "audio"}


def check_event(event: Json) -> Iterator[Complaint]:
    """The values that every client event has."""
    yield from _check_length(event, "event_id", "event_id", LONGEST_EVENT_ID)


def check_session(session: Json, dialect: ServiceDialect, model: str) -> Iterator[Complaint]:
    """The values of a `session.update` whose shape is right. `model`: the session's, which is fixed."""
    if session.get("type") == "transcription":
        words = "Passing a transcription session update event to a realtime session is not allowed."
        yield _invalid("session.type", words)
    if session.get("model") not in (None, model):
        yield _invalid("session.model", "Cannot update a session's model.")
    yield from _check_answer(session, "session", dialect, model)
    yield from check_tools(session.get("tools") or [], has_mcp=dialect.has_mcp)
    truncation = session.get("truncation")
    if isinstance(truncation, dict) and not 0 <= (ratio := truncation.get("retention_ratio", 0)) <= 1:
        path = "session.truncation.retention_ratio"
        yield _invalid(path, f"Invalid value: {ratio}. Must be between 0.0 and 1.0.")
    detection = _at(session, dialect.input_path).get("turn_detection")
    if detection:
        path = ".".join(("session", *dialect.input_path, "turn_detection"))
        yield from _check_detection(detection, path, dialect)


def check_transcriber(session: Json, dialect: ServiceDialect, served: Sequence[str]) -> Iterator[Complaint]:
    """`served`: the models that write down what is said; none: each client has names of its own for them."""
    key = "input_audio_transcription" if not dialect.input_path else "transcription"
    model = (_at(session, dialect.input_path).get(key) or {}).get("model")
    if served and model is not None and model not in served:
        path = ".".join(("session", *dialect.input_path, key, "model"))
        yield _invalid(path, f"Invalid value: '{model}'. Supported values are: {_listed(served)}.")


def check_response(response: Json, dialect: ServiceDialect, model: str) -> Iterator[Complaint]:
    """The values of a `response.create` whose shape is right."""
    yield from _check_answer(response, "response", dialect, model)
    if (conversation := response.get("conversation")) not in (None, "auto", "none"):
        words = f"Invalid value: '{conversation}'. Supported values are: 'auto', 'none'."
        yield _invalid("response.conversation", words)
    metadata = response.get("metadata") or {}
    if len(metadata) > MOST_METADATA:
        yield Complaint(
            "object_above_max_properties",
            f"Invalid 'response.metadata': too many properties. Expected an object with at most"
            f" {MOST_METADATA} properties, but got {len(metadata)} instead.",
            "response.metadata",
        )
    for key, value in metadata.items():
        path = f"response.metadata.{key}"
        if not isinstance(value, str):
            yield Complaint("invalid_type", f"Invalid type for '{path}': expected a string.", path)
        elif len(key) > LONGEST_METADATA_KEY:
            yield _too_long("response.metadata", len(key), LONGEST_METADATA_KEY)
        else:
            yield from _check_length(metadata, key, path, LONGEST_METADATA_VALUE)


def _check_answer(body: Json, where: str, dialect: ServiceDialect, model: str) -> Iterator[Complaint]:
    """What a session and a response may both say of answers."""
    for key in dialect.reasoning:
        if body.get(key) is not None and (complaint := unsupported(model, f"{where}.{key}")):
            yield complaint
    choice = body.get("tool_choice")
    if isinstance(choice, str) and choice not in TOOL_CHOICES:
        words = f"Invalid value: '{choice}'. Supported values are: {_listed(TOOL_CHOICES)}."
        yield _invalid(f"{where}.tool_choice", words)
    key = dialect.modalities_key
    if (modalities := body.get(key)) is not None and sorted(modalities) not in dialect.modalities:
        shown = " and ".join(str(combination) for combination in dialect.modalities)
        yield _invalid(
            f"{where}.{key}", f"Invalid modalities: {modalities}. Supported combinations are: {shown}."
        )
    key = dialect.tokens_key
    tokens = body.get(key)
    if isinstance(tokens, int) and not 1 <= tokens <= 4096:
        yield _invalid(f"{where}.{key}", f"Invalid value: {tokens}. Must be 1 to 4096, or 'inf'.")
    temperature = body.get("temperature")
    if temperature is not None and not 0.6 <= temperature <= 1.2:
        bound = "below minimum value. Expected a value >= 0.6" if temperature < 0.6 else "above maximum value"
        yield _invalid(f"{where}.temperature", f"Invalid '{where}.temperature': decimal {bound}.")
    output = _at(body, dialect.output_path)
    path = ".".join((where, *dialect.output_path))
    voice, speed = output.get("voice"), output.get("speed")
    if isinstance(voice, str) and voice not in dialect.voices:
        words = f"Invalid value: '{voice}'. Supported values are: {_listed(dialect.voices)}."
        yield _invalid(f"{path}.voice", words)
    if speed is not None and not 0.25 <= speed <= 1.5:
        yield _invalid(f"{path}.speed", f"Invalid value: {speed}. Must be between 0.25 and 1.5.")


def check_item(item: Json, dialect: ServiceDialect, where: str = "item") -> Iterator[Complaint]:
    """The values of an item that the client creates. `where`: its place in the event."""
    for key in ("id", "call_id"):
        yield from _check_length(item, key, f"{where}.{key}", LONGEST_ID)
    for key in NEEDED.get(item.get("type"), ("type",)):
        if item.get(key) is None:
            yield _missing(f"{where}.{key}")
            return
    if item["type"] != "message":
        return
    types = dialect.creatable[item["role"]]
    for index, content in enumerate(item.get("content") or []):
        path, kind = f"{where}.content[{index}]", content.get("type")
        if kind not in types:
            yield _invalid(f"{path}.type", f"Invalid value: '{kind}'. Value must be '{types[0]}'.")
        elif kind in HOLDS and content.get(HOLDS[kind]) is None:
            yield _missing(f"{path}.{HOLDS[kind]}")
        elif kind == "input_audio" and not _is_base64(content["audio"]):
            yield _invalid(f"{path}.audio", f"Invalid '{path}.audio': not base64.")


def _check_detection(detection: Json, path: str, dialect: ServiceDialect) -> Iterator[Complaint]:
    threshold = detection.get("threshold")
    if threshold is not None and not 0 <= threshold <= 1:
        yield _invalid(f"{path}.threshold", f"Invalid value: {threshold}. Must be between 0.0 and 1.0.")
    if (kind := detection.get("type")) is not None and kind not in dialect.detections:
        words = f"Invalid value: '{kind}'. Supported values are: {_listed(dialect.detections)}."
        yield _invalid(f"{path}.type", words)
    for key in ("prefix_padding_ms", "silence_duration_ms"):
        if (ms := detection.get(key)) is not None and ms < 0:
            yield _invalid(f"{path}.{key}", f"Invalid value: {ms}. Must not be negative.")
    timeout = detection.get("idle_timeout_ms")
    if timeout is not None and not 5000 <= timeout <= 30000:
        yield _invalid(f"{path}.idle_timeout_ms", f"Invalid value: {timeout}. Must be 5000 to 30000.")


def _is_base64(text: str) -> bool:
    try:
        b64decode(text, validate=True)
    except ValueError:  # binascii.Error is one, and so is a character beyond ASCII
        return False
    return True


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def _at(body: Json, path: Sequence[str]) -> Json:
    """The object at a path of keys; an empty one if it is missing."""
    for key in path:
        body = body.get(key) or {}
    return body


def _check_length(body: Json, key: str, path: str, longest: int) -> Iterator[Complaint]:
    value = body.get(key)
    if isinstance(value, str) and len(value) > longest:
        yield _too_long(path, len(value), longest)


def _too_long(path: str, length: int, longest: int) -> Complaint:
    words = (
        f"Invalid '{path}': string too long. Expected a string with maximum length {longest}, but got a string"
        f" with length {length} instead."
    )
    return Complaint("string_above_max_length", words, path)


def _missing(path: str) -> Complaint:
    return Complaint("missing_required_parameter", f"Missing required parameter: '{path}'.", path)


def _invalid(path: str, message: str) -> Complaint:
    return Complaint("invalid_value", message, path)
