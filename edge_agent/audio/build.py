"""An engine as the configuration says."""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

from .. import sounds
from ..commands import Cue
from ..config import Config
from ..config.model import Echo
from ..events import Event
from .cues import CuePlayer
from .duplex import Duplex
from .echo import Aec3, EchoUnavailable
from .echo_meter import EchoMeter
from .engine import Engine, Until
from .formats import ServicePcm
from .gate import Gate, webrtc_detector
from .playback import Playback
from .uplink import Uplink
from .volume import Volume

PIECE_MS = 100  # sent at once where nobody waits for single frames
SERVER_VAD_PIECE_MS = 40


def build_engine(
    config: Config,
    emit: Callable[[Event], None],
    *,
    out_latency_ms: int = 0,
    in_latency_ms: int = 0,
    note: Callable[[str], None] = lambda _: None,
) -> Engine:
    """`out_latency_ms`, `in_latency_ms`: what the sound card holds back. `note` is told what is not as it was
    configured."""
    turns, gate, audio = config.turns, config.gate, config.audio
    hands_free: Until | None = None
    if turns.mode == "hands-free":
        hands_free = "silence" if turns.end == "local" else "closed"
    return Engine(
        gate=Gate(webrtc_detector(gate.aggressiveness), start_ms=gate.start_ms, hangover_ms=gate.hangover_ms),
        uplink=Uplink(
            preroll_ms=gate.preroll_ms + (gate.start_ms if hands_free else 0),
            piece_ms=SERVER_VAD_PIECE_MS if hands_free == "closed" else PIECE_MS,
        ),
        playback=Playback(prebuffer_ms=audio.prebuffer_ms, latency_ms=out_latency_ms, fade_ms=audio.fade_ms),
        cues=CuePlayer(_sounds(config)),
        volume=Volume(audio.volume),
        duplex=build_duplex(audio.echo, out_latency_ms + in_latency_ms, note),
        emit=emit,
        hands_free=hands_free,
    )


def build_duplex(echo: Echo, latency_ms: int, note: Callable[[str], None]) -> Duplex:
    match echo:
        case "half-duplex":
            return Duplex()
        case "aec3":
            try:
                return Duplex(EchoMeter(), Aec3(), latency_ms=latency_ms)
            except EchoUnavailable as error:
                note(f"{error}; until then half-duplex: nobody can break in while the device speaks")
                return Duplex()
        case "board" | "off":
            return Duplex(EchoMeter(), latency_ms=latency_ms)
        case _ as never:
            assert_never(never)


def _sounds(config: Config) -> dict[Cue, ServicePcm]:
    audio = config.audio
    found = sounds.cues(own=audio.sounds, language=audio.language, messages=audio.messages)
    return {cue: pcm for cue, pcm in found.items() if audio.cues or (audio.messages and cue.is_spoken)}
