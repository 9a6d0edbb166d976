"""One row for each dialect of the Realtime API.

Inside the agent there is one vocabulary, with the GA names. Sources: the GA and preview references of the
Realtime API (event and session models of the `openai` package), Azure's migration guide, the Voice Live reference
2026-07-15 (and the models of the `azure-ai-voicelive` package).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Protocol

from ...config.model import Config, TurnTaking
from ...config.providers import PROVIDERS, DialectName
from ...vocabulary.commands import ServiceCommand
from ...vocabulary.frozen import frozen
from . import Json, PastWords
from .decode import Decoder, WireEvent
from .encode import Encoder, ga_server
from .live.live_decode import LiveDecoder
from .live.live_encode import CLOSE, LiveEncoder
from .session_body import ga_detection, ga_session, preview_detection, preview_session
from .voice_live_body import voice_live_detection, voice_live_session

PREVIEW_EVENTS: Mapping[str, str] = {
    "response.text.delta": "response.output_text.delta",
    "response.text.done": "response.output_text.done",
    "response.audio.delta": "response.output_audio.delta",
    "response.audio.done": "response.output_audio.done",
    "response.audio_transcript.delta": "response.output_audio_transcript.delta",
    "response.audio_transcript.done": "response.output_audio_transcript.done",
    "conversation.item.created": "conversation.item.added",
}


class FrameDecoder(Protocol):
    """For one connection, like `decode.Decoder`, which reads JSON shaped as in GA."""

    @property
    def ignored(self) -> Mapping[str, int]: ...
    def decode(self, frame: str | bytes) -> WireEvent | None: ...
    def divide(self) -> None: ...


class FrameEncoder(Protocol):
    """Like `encode.Encoder`, which writes commands shaped as in GA."""

    def encode(self, command: ServiceCommand, turns: TurnTaking) -> str: ...
    def encode_session(
        self, config: Config, tools: Sequence[Json] = (), history: Sequence[PastWords] = (), /
    ) -> str: ...


@frozen
class Dialect:
    """`decoder` makes one for a connection. `greets`: the service speaks first, and confirms what it is told then.
    `farewell`: the frame that ends a session; empty: closing the connection does. `streams`: its clock is the sound
    that it is sent, which must not stop."""

    name: DialectName
    decoder: Callable[[], FrameDecoder]
    encoder: FrameEncoder
    greets: bool = True
    farewell: str = ""
    streams: bool = False


GA = Dialect("ga", partial(Decoder, {}), Encoder(ga_session, ga_detection, {"type": "realtime"}, ga_server))
PREVIEW = Dialect(
    "preview",
    partial(Decoder, PREVIEW_EVENTS),
    Encoder(preview_session, preview_detection, written="text", tags_responses=False),
)
VOICE_LIVE = Dialect(
    "voice-live",
    partial(Decoder, PREVIEW_EVENTS),
    Encoder(voice_live_session, voice_live_detection, server=dict, written="text"),
)
LIVE = Dialect("live", LiveDecoder, LiveEncoder(), greets=False, farewell=CLOSE, streams=True)
DIALECTS: Mapping[DialectName, Dialect] = {
    dialect.name: dialect for dialect in (GA, PREVIEW, VOICE_LIVE, LIVE)
}


def dialect_of(provider: str) -> Dialect:
    """The dialect of a provider, by its name."""
    return DIALECTS[PROVIDERS[provider].dialect]
