"""Settings of a session that an answer does not need: refused, they are left out. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence
from typing import Any

from . import Json

# as the dialects spell them: Realtime API, preview API, Voice Live, GPT-Live
OPTIONAL = {
    "transcription": "transcription",
    "input_audio_transcription": "transcription",
    "noise_reduction": "noise_reduction",
    "input_audio_noise_reduction": "noise_reduction",
    "reasoning": "reasoning",
    "reasoning_effort": "reasoning",
    "speed": "speed",
    "truncation": "truncation",
    "temperature": "temperature",
    "idle_timeout_ms": "idle_timeout_ms",
    "output_audio_timestamp_types": "the times of words",
    "end_of_utterance_detection": "end_of_utterance",
    "remove_filler_words": "remove_filler_words",
    "delegation": "backend",
    "acknowledgement_delay_ms": "acknowledgement_delay",
}


def optional_setting(param: str | None, code: str, message: str) -> str:
    """The setting that was refused, from the path that the service names, or else from the error's code or words;
    empty: none that can be left out."""
    for part in reversed(re.split(r"[.\[\]']+", param or "")):  # the innermost
        if part in OPTIONAL:
            return OPTIONAL[part]
    if param:
        return ""
    if in_code := [key for key in OPTIONAL if key in code.lower()]:
        return OPTIONAL[max(in_code, key=len)]
    words = re.findall(r"[a-z]+(?:_[a-z]+)*", message.lower())
    return next((OPTIONAL[word] for word in words if word in OPTIONAL), "")


def tool_setting(tool: Json) -> str:
    """What a tool is called among the settings that are left out."""
    return f"tool {tool.get('name') or tool.get('server_label', '')}"


def refused_tool(param: str | None, message: str, tools: Sequence[Json]) -> str:
    """As `tool_setting`, where a refusal is about one of these; empty: it is not."""
    if match := re.search(r"\btools[.\[](\d+)", param or ""):
        number = int(match[1])
        return tool_setting(tools[number]) if number < len(tools) else ""
    named = re.search(r"function '([\w-]+)'", message)
    return next((tool_setting(tool) for tool in tools if named and tool.get("name") == named[1]), "")


def accepted_tools(tools: Sequence[Json], left_out: Collection[str]) -> tuple[Json, ...]:
    return tuple(tool for tool in tools if tool_setting(tool) not in left_out)


def without(frame: str, settings: Collection[str]) -> str:
    """A `session.update` without these settings."""
    return json.dumps(_pruned(json.loads(frame), settings), ensure_ascii=False) if settings else frame


def _pruned(value: Any, settings: Collection[str]) -> Any:
    if not isinstance(value, dict):
        return value
    return {
        key: _pruned(inner, settings) for key, inner in value.items() if OPTIONAL.get(key) not in settings
    }
