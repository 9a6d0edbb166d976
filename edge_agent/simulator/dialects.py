"""One row for each dialect of the simulated service: how it speaks, and what it accepts.

What it accepts is repeated here on purpose: with the agent's own rows it could not find a mistake in them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from ..config.providers import DialectName
from ..realtime.wire import Json
from ..realtime.wire.dialects import PREVIEW_EVENTS
from ..vocabulary.frozen import frozen
from . import voice_live
from .complaint import Complaint

VAD: Json = {"type": "server_vad", "threshold": 0.5, "prefix_padding_ms": 300, "silence_duration_ms": 200}
_DETECTION = VAD | {"create_response": True, "interrupt_response": True}
MoreComplaints: TypeAlias = Callable[..., Iterator[Complaint]]  # as voice_live.check
_VOICES = ("alloy", "ash", "ballad", "coral", "echo", "sage", "shimmer", "verse")


def _nothing(*_: Json, sounded: bool) -> Iterator[Complaint]:  # noqa: ARG001
    return iter(())


def _as_it_is(update: Json, _: str) -> Json:
    return update


@frozen
class ServiceDialect:
    """`event_names`: GA name -> own name, where they differ. `creatable`: content types of a client's message, by role.
    `check`: what is refused of a session.update beside that, and `completed` the rest with its defaults. `reasoning`:
    keys for models that reason. `times_words`: whether a session tells when words are spoken. `warning`: is sent once.
    `is_azure_speech`: sound goes on until a cancelled response is done, transcripts come again, empty, with the next,
    and are not billed; no rate limits. `has_mcp`: it calls MCP servers. `input_path`, `output_path`: keys to the audio
    settings in a session or a response. `settings`: of a new session, as in captured ones; `response`: what a response
    repeats of them.
    """

    name: DialectName
    event_names: Mapping[str, str]
    settings: Callable[[], Json]
    response: Callable[[Json], Json]
    voices: Sequence[str]
    creatable: dict[str, Sequence[str]]
    detections: Sequence[str]
    modalities_key: str
    modalities: Sequence[Sequence[str]]
    tokens_key: str
    input_path: Sequence[str]
    output_path: Sequence[str]
    spoken_type: str
    written_type: str
    items_say_object: bool
    items_say_done: bool  # else an item is announced only once
    reasoning: Sequence[str] = ()
    is_azure_speech: bool = False
    has_mcp: bool = True
    check: MoreComplaints = _nothing
    completed: Callable[[Json, str], Json] = _as_it_is
    times_words: Callable[[Json], bool] = lambda _: False
    warning: Json | None = None


def _ga_settings() -> Json:
    pcm = {"type": "audio/pcm", "rate": 24000}
    heard = {"format": pcm, "transcription": None, "noise_reduction": None}
    return {
        "type": "realtime",
        "output_modalities": ["audio"],
        "max_output_tokens": "inf",
        "truncation": "auto",
        "tracing": None,
        "prompt": None,
        "include": None,
        "audio": {
            "input": heard | {"turn_detection": _DETECTION | {"idle_timeout_ms": None}},
            "output": {"format": pcm, "voice": "alloy", "speed": 1.0},
        },
    }


def _preview_settings() -> Json:
    return {
        "modalities": ["audio", "text"],
        "voice": "alloy",
        "turn_detection": dict(_DETECTION),
        "input_audio_format": "pcm16",
        "output_audio_format": "pcm16",
        "input_audio_transcription": None,
        "temperature": 0.8,
        "max_response_output_tokens": "inf",
    }


def _ga_response(session: Json) -> Json:
    output = session["audio"]["output"]
    voice = output["voice"]  # one of the client's own is an object there, and a name here
    audio = {
        "output": {"format": output["format"], "voice": voice if isinstance(voice, str) else voice["id"]}
    }
    shown: Json = {key: session[key] for key in ("output_modalities", "max_output_tokens")}
    return shown | {"audio": audio}


def _preview_response(session: Json) -> Json:
    shown: Json = {key: session[key] for key in ("modalities", "voice", "output_audio_format", "temperature")}
    return shown | {"max_output_tokens": session["max_response_output_tokens"]}


GA_SERVICE = ServiceDialect(
    "ga",
    event_names={},
    settings=_ga_settings,
    response=_ga_response,
    voices=(*_VOICES, "marin", "cedar"),
    creatable={
        "system": ("input_text",),
        "user": ("input_text", "input_audio", "input_image"),
        "assistant": ("output_text",),
    },
    detections=("server_vad", "semantic_vad"),
    modalities_key="output_modalities",
    modalities=(["audio"], ["text"]),
    tokens_key="max_output_tokens",
    input_path=("audio", "input"),
    output_path=("audio", "output"),
    spoken_type="output_audio",
    written_type="output_text",
    items_say_object=True,
    items_say_done=True,
    reasoning=("reasoning", "parallel_tool_calls"),
)
PREVIEW_SERVICE = ServiceDialect(
    "preview",
    event_names={ga: preview for preview, ga in PREVIEW_EVENTS.items()},
    settings=_preview_settings,
    response=_preview_response,
    voices=_VOICES,
    creatable={"system": ("input_text",), "user": ("input_text", "input_audio"), "assistant": ("text",)},
    detections=("server_vad",),
    modalities_key="modalities",
    modalities=(["audio", "text"], ["text"]),
    tokens_key="max_response_output_tokens",
    input_path=(),
    output_path=(),
    spoken_type="audio",
    written_type="text",
    items_say_object=False,
    items_say_done=False,
    has_mcp=False,
)
VOICE_LIVE_SERVICE = replace(
    PREVIEW_SERVICE,
    name="voice-live",
    settings=voice_live.settings,
    voices=GA_SERVICE.voices,
    creatable=PREVIEW_SERVICE.creatable | {"user": ("input_text", "input_audio", "input_image")},
    detections=tuple(voice_live.DETECTIONS),
    items_say_object=True,
    is_azure_speech=True,
    has_mcp=True,
    check=voice_live.check,
    completed=voice_live.completed,
    times_words=voice_live.times_words,
    warning=voice_live.WARNING,
)
SERVICE_DIALECTS: Mapping[DialectName, ServiceDialect] = {
    dialect.name: dialect for dialect in (GA_SERVICE, PREVIEW_SERVICE, VOICE_LIVE_SERVICE)
}
