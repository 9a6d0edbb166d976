"""What the settings, and the fault script, make of an answer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..realtime.wire import Json
from ..vocabulary.sound import SERVICE_BYTES_PER_MS, ServicePcm, service_ms
from .answers import Call, ReplyPart, Speech
from .endings import scripted, too_long
from .faults import Fault
from .items import text_tokens
from .sample import sample
from .settings import longest_tokens, speaks, speed
from .usage import MS_PER_SPOKEN_TOKEN

CALL_TOKENS = 8  # beside its arguments


def as_set(parts: Sequence[ReplyPart], settings: Json) -> tuple[list[ReplyPart], Json | None]:
    """(what is said and called, how it ends if it is too long) in a session or response with these settings."""
    chosen = _as_chosen(parts, settings.get("tool_choice"), settings.get("tools") or [])
    if speaks(settings):
        spoken = [_sped(part, speed(settings) or 1) if isinstance(part, Speech) else part for part in chosen]
    else:
        spoken = [Speech(part.text) if isinstance(part, Speech) else part for part in chosen]
    longest = longest_tokens(settings)
    return (spoken, None) if longest is None else _within(spoken, longest)


def as_scripted(
    parts: Sequence[ReplyPart], end: Json | None, faults: Sequence[Fault]
) -> tuple[Sequence[ReplyPart], Json | None]:
    """The same under these faults."""
    for fault in faults:
        match fault.what:
            case "fail" | "fail-early":
                return [], scripted(fault)
            case "incomplete":
                return [_halved(part) for part in parts], scripted(fault)
            case "stall":
                return [_halved(part) for part in parts], {"status": "stalled"}
            case "ends":
                return parts, scripted(fault)
            case "soundless":
                parts = _soundless(parts, fault.argument)
            case "two-items":
                parts = [half for part in parts for half in _in_two(part)]
    return parts, end


def _as_chosen(parts: Sequence[ReplyPart], choice: Any, tools: Sequence[Json]) -> list[ReplyPart]:
    """With the functions that it must call, or without those that it must not."""
    if choice == "none":
        return [part for part in parts if isinstance(part, Speech)]
    if choice in (None, "auto") or any(isinstance(part, Call) for part in parts):
        return list(parts)
    for tool in tools:
        name = tool.get("name")  # tools of MCP have none
        if name and (choice == "required" or name == _named(choice)):
            return [Call(name, json.dumps(sample(tool.get("parameters")) or {}))]
    return list(parts)


def _named(choice: Json) -> Any:
    """The function that must be called; older clients nest its name."""
    nested = choice.get("function")
    return (nested if isinstance(nested, dict) else choice).get("name")


def _sped(speech: Speech, factor: float) -> Speech:
    """Quicker or slower; a simulated voice may get higher and lower with it."""
    if factor == 1 or not speech.pcm:
        return speech
    samples = np.frombuffer(speech.pcm, np.int16)
    places = np.arange(0, len(samples) - 1, factor)
    return Speech(speech.text, np.interp(places, np.arange(len(samples)), samples).astype(np.int16).tobytes())


def _within(parts: Sequence[ReplyPart], tokens: int) -> tuple[list[ReplyPart], Json | None]:
    kept: list[ReplyPart] = []
    for part in parts:
        cost = _tokens(part)
        if cost > tokens:
            if isinstance(part, Speech) and tokens:
                kept.append(_first(part, tokens / cost))
            return kept, too_long()
        kept.append(part)
        tokens -= cost
    return kept, None


def _tokens(part: ReplyPart) -> int:
    if isinstance(part, Call):
        return text_tokens(part.arguments) + CALL_TOKENS
    return text_tokens(part.text) + service_ms(part.pcm) // MS_PER_SPOKEN_TOKEN


def _soundless(parts: Sequence[ReplyPart], how: str) -> list[ReplyPart]:
    if how == "nothing":
        return []
    return [
        Speech(part.text, bytes(len(part.pcm)) if how == "zeros" else b"")
        if isinstance(part, Speech)
        else part
        for part in parts
    ]


def _in_two(part: ReplyPart) -> list[ReplyPart]:
    if isinstance(part, Call):
        return [part]
    first = _first(part, 0.5)
    return [first, Speech(part.text[len(first.text) :].strip(), part.pcm[len(first.pcm) :])]


def _halved(part: ReplyPart) -> ReplyPart:
    return part if isinstance(part, Call) else _first(part, 0.5)


def _first(speech: Speech, share: float) -> Speech:
    words = speech.text.split(" ")
    return Speech(" ".join(words[: max(1, int(len(words) * share))]), _beginning(speech.pcm, share))


def _beginning(pcm: ServicePcm, share: float) -> ServicePcm:
    return pcm[: max(1, int(service_ms(pcm) * share)) * SERVICE_BYTES_PER_MS]
