"""An engine as the configuration says."""

from __future__ import annotations

from collections.abc import Callable

from .. import sounds
from ..commands import Cue
from ..config import Config
from ..events import Event
from .cues import CuePlayer
from .engine import Engine, Until
from .formats import ServicePcm
from .gate import Gate, webrtc_detector
from .playback import Playback
from .uplink import Uplink
from .volume import Volume

PIECE_MS = 100  # sent at once where nobody waits for single frames
SERVER_VAD_PIECE_MS = 40


def build_engine(config: Config, emit: Callable[[Event], None]) -> Engine:
    """To be told (`delay`) what the sound card holds back."""
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
        playback=Playback(prebuffer_ms=audio.prebuffer_ms, fade_ms=audio.fade_ms),
        cues=CuePlayer(_sounds(config)),
        volume=Volume(audio.volume),
        emit=emit,
        hands_free=hands_free,
        half_duplex=audio.echo == "half-duplex",
    )


def _sounds(config: Config) -> dict[Cue, ServicePcm]:
    audio = config.audio
    found = sounds.cues(own=audio.sounds, language=audio.language, messages=audio.messages)
    return {cue: pcm for cue, pcm in found.items() if audio.cues or (audio.messages and cue.is_spoken)}
