"""What the service refuses beyond the shape of an event: ranges, combinations, lengths."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..realtime.wire import Json
from .complaint import Complaint
from .dialects import ServiceDialect

LONGEST_ID, LONGEST_EVENT_ID = 32, 512  # characters
MOST_METADATA, LONGEST_METADATA_KEY, LONGEST_METADATA_VALUE = 16, 64, 512
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
    yield from _check_answer(session, "session", dialect)
    truncation = session.get("truncation")
    if isinstance(truncation, dict) and not 0 <= (ratio := truncation.get("retention_ratio", 0)) <= 1:
        path = "session.truncation.retention_ratio"
        yield _invalid(path, f"Invalid value: {ratio}. Must be between 0.0 and 1.0.")
    detection = _at(session, dialect.input_path).get("turn_detection")
    if detection:
        path = ".".join(("session", *dialect.input_path, "turn_detection"))
        yield from _check_detection(detection, path, dialect)


def check_response(response: Json, dialect: ServiceDialect) -> Iterator[Complaint]:
    """The values of a `response.create` whose shape is right."""
    yield from _check_answer(response, "response", dialect)
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


def _check_answer(body: Json, where: str, dialect: ServiceDialect) -> Iterator[Complaint]:
    """What a session and a response may both say of answers."""
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
        listed = ", ".join(f"'{name}'" for name in dialect.voices)
        yield _invalid(f"{path}.voice", f"Invalid value: '{voice}'. Supported values are: {listed}.")
    if speed is not None and not 0.25 <= speed <= 1.5:
        yield _invalid(f"{path}.speed", f"Invalid value: {speed}. Must be between 0.25 and 1.5.")


def check_item(item: Json, dialect: ServiceDialect) -> Iterator[Complaint]:
    """The values of an item that the client creates."""
    for key in ("id", "call_id"):
        yield from _check_length(item, key, f"item.{key}", LONGEST_ID)
    if item.get("type") != "message":
        return
    role = item.get("role")
    if role is None:
        yield _missing("item.role")
        return
    if item.get("content") is None:
        yield _missing("item.content")
    types = dialect.creatable[role]
    for index, content in enumerate(item.get("content") or []):
        path, kind = f"item.content[{index}]", content.get("type")
        if kind not in types:
            yield _invalid(f"{path}.type", f"Invalid value: '{kind}'. Value must be '{types[0]}'.")
        elif kind in HOLDS and content.get(HOLDS[kind]) is None:
            yield _missing(f"{path}.{HOLDS[kind]}")


def _check_detection(detection: Json, path: str, dialect: ServiceDialect) -> Iterator[Complaint]:
    threshold = detection.get("threshold")
    if threshold is not None and not 0 <= threshold <= 1:
        yield _invalid(f"{path}.threshold", f"Invalid value: {threshold}. Must be between 0.0 and 1.0.")
    if (kind := detection.get("type")) is not None and kind not in dialect.detections:
        listed = ", ".join(f"'{name}'" for name in dialect.detections)
        yield _invalid(f"{path}.type", f"Invalid value: '{kind}'. Supported values are: {listed}.")
    timeout = detection.get("idle_timeout_ms")
    if timeout is not None and not 5000 <= timeout <= 30000:
        yield _invalid(f"{path}.idle_timeout_ms", f"Invalid value: {timeout}. Must be 5000 to 30000.")


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
