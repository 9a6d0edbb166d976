"""What GPT-Live refuses beyond the shape of an event: ranges, lengths, and what may be null. Pure."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator

from ...realtime.wire import Json
from ...vocabulary.live_text import tokens
from ..complaint import Complaint
from ..g711 import A_LAW, MU_LAW, Law
from ..tool_values import check_tools
from .live_door import LiveDoor

MAY_BE_NULL = ("delegation", "instructions", "safety_identifier")
MOST_MESSAGES, MOST_HISTORY_TOKENS = 128, 8192
MOST_INSTRUCTION_TOKENS, MOST_TEXT_TOKENS = 16_384, 500
LEAST_OUTPUT_TOKENS = 16
LARGEST_APPEND = 2**20  # characters
LAWS: dict[str, Law] = {"audio/pcmu": MU_LAW, "audio/pcma": A_LAW}


def check_start(session: Json, door: LiveDoor) -> Iterator[Complaint]:
    """A `session.start` whose shape is right."""
    for key, value in session.items():
        if value is None and key not in MAY_BE_NULL:
            yield Complaint("invalid_type", f"Invalid type for 'session.{key}': got null.", f"session.{key}")
    if "client" in session:
        yield _invalid("session.client", "It is for WebRTC sessions only.")
    if door.models and session["model"] not in door.models:
        words = f"The model '{session['model']}' does not exist or you do not have access to it."
        yield Complaint("model_not_found", words, "session.model")
    yield from _check_delegation(session.get("delegation") or {}, delays=door.delays)
    spelled = (session.get("audio") or {}).get("format") or {}
    if spelled.get("type") in LAWS and spelled["rate"] != 8000:
        yield _invalid("session.audio.format.rate", f"{spelled['rate']} Hz. Must be 8000.")
    if tokens(session.get("instructions") or "") > MOST_INSTRUCTION_TOKENS:
        yield _invalid("session.instructions", f"At most {MOST_INSTRUCTION_TOKENS} tokens.")
    yield from _check_history(session.get("input") or [])


def _check_delegation(delegation: Json, *, delays: bool) -> Iterator[Complaint]:
    path = "session.delegation"
    if delegation.get("type") == "decisions":
        yield _invalid(f"{path}.type", "This simulation has no backend for 'decisions'.")
    if "acknowledgement_delay_ms" in delegation and not delays:
        unknown = f"{path}.acknowledgement_delay_ms"
        yield Complaint("unknown_parameter", f"Unknown parameter: '{unknown}'.", unknown)
    responses = delegation.get("responses") or {}
    if 0 < (responses.get("max_output_tokens") or 0) < LEAST_OUTPUT_TOKENS:
        yield _invalid(f"{path}.responses.max_output_tokens", f"At least {LEAST_OUTPUT_TOKENS}.")
    tools = [tool for tool in responses.get("tools") or [] if tool["type"] in ("function", "mcp")]
    yield from check_tools(tools, has_mcp=True, where=f"{path}.responses.tools")


def check_text(content: str) -> Iterator[Complaint]:
    if tokens(content) > MOST_TEXT_TOKENS:
        words = f"Content must be at most {MOST_TEXT_TOKENS} tokens."
        yield Complaint("invalid_value", words, "content")


def sound_of(audio: str) -> bytes | Complaint:
    """What an append holds."""
    if len(audio) > LARGEST_APPEND:
        return Complaint("invalid_audio", f"At most {LARGEST_APPEND} characters in one append.", "audio")
    try:
        sound = b64decode(audio, validate=True)
    except ValueError:
        return Complaint("invalid_audio", "The audio is not base64.", "audio")
    if not sound:
        return Complaint("invalid_audio", "The audio is empty.", "audio")
    return sound


def _check_history(messages: list[Json]) -> Iterator[Complaint]:
    if len(messages) > MOST_MESSAGES:
        yield _invalid("session.input", f"At most {MOST_MESSAGES} messages.")
    for number, message in enumerate(messages):
        if len(message["content"]) != 1:
            yield _invalid(f"session.input[{number}].content", "Exactly one part.")
    said = sum(tokens(part["text"]) for message in messages for part in message["content"])
    if said > MOST_HISTORY_TOKENS:
        yield _invalid("session.input", f"At most {MOST_HISTORY_TOKENS} tokens.")


def _invalid(path: str, words: str) -> Complaint:
    return Complaint("invalid_value", f"Invalid value for '{path}': {words}", path)
