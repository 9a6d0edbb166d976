"""Builds an engine from the configuration."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import assert_never

import numpy as np

from ..config import Config
from ..config.model import Echo
from ..config.packages import to_install
from ..config.providers import PROVIDERS
from ..vocabulary.commands import Cue
from ..vocabulary.events import AudioNoted, Event
from ..vocabulary.sound import ServicePcm
from . import sounds
from .called import KEPT_MS, Called
from .cues import CuePlayer
from .echo.canceller import Canceller
from .echo.duplex import Duplex
from .echo.learned import Learned
from .echo.linear.detector import Weights
from .echo.linear.kernel import COMPILED
from .echo.linear_echo import LinearEcho
from .echo.meter import EchoMeter
from .echo.stereo import Stereo
from .engine import Engine, Until
from .gate import SOFT_MS, Gate, webrtc_detector
from .patience import AdaptivePatience, Network, Patience
from .playback import Playback
from .prosody import Prosody
from .silero import Silero, SileroUnavailable
from .uplink import Uplink
from .volume import Volume

PIECE_MS = 200  # sent at once where nobody waits for single frames; what is left goes with the commit
SERVER_VAD_PIECE_MS = 40
CAREFUL = 1.25  # times the hang-over: fewer pauses are taken for the end than with a fixed one (docs/end-of-turn.md)
DUPLEX_PIECE_MS = 100  # as they are sent
SLOW = (
    "the echo canceller is not compiled, and takes eight times the processor's time; install a C compiler (gcc and"
    " python3-dev), and run scripts/install or scripts/setup again"
)

NEEDS_SILERO = 'it listens with Silero, which is missing, or off; set [gate] confirm = "silero"'


def build_engine(
    config: Config,
    emit: Callable[[Event], None],
    learned: Learned | None = None,
    memory: memoryview | None = None,
) -> Engine:
    """To be told (`delay`) what the sound card holds back. `learned` and `memory` (of `layout.size()` bytes):
    of an engine before."""
    learned = learned or Learned()
    turns, gate, audio = config.turns, config.gate, config.audio
    provider = PROVIDERS[config.service.provider]

    def note(text: str) -> None:
        emit(AudioNoted(text))

    confirmer = _confirmer(config, note)
    called = _called(config, note)
    hands_free: Until | None = None
    if turns.mode != "button" or called:
        hands_free = "closed" if turns.service_ends else "silence"
    return Engine(
        gate=Gate(
            webrtc_detector(gate.aggressiveness),
            confirmer,
            start_ms=gate.start_ms,
            hangover_ms=gate.hangover_ms,
            background_db=learned.background_db,
            patience=_patience(config, note),
        ),
        uplink=Uplink(
            preroll_ms=gate.preroll_ms + (gate.start_ms + SOFT_MS if hands_free else 0),
            kept_ms=KEPT_MS if called else 0,
            piece_ms=_piece_ms(config, hands_free),
            rate_hz=provider.upload_rate_hz,
            channels=2 if config.sends_reference else 1,
            gain_db=audio.mic_gain_db,
        ),
        playback=Playback(prebuffer_ms=audio.prebuffer_ms, fade_ms=audio.fade_ms),
        cues=CuePlayer(_sounds(config)),
        volume=Volume(audio.volume),
        duplex=build_duplex(
            # without, no voice can break in, and nobody asks for a second opinion
            audio.echo if hands_free or audio.echo != "dtln" else "linear",
            note,
            learned,
            memory,
            confirmer=confirmer,
        ),
        emit=emit,
        hands_free=hands_free,
        accepts_voice=turns.mode == "hands-free",
        called=called,
        stereo=Stereo() if config.sends_reference else None,
        measures=bool(config.mqtt.group),
    )


def _piece_ms(config: Config, hands_free: Until | None) -> int:
    if PROVIDERS[config.service.provider].is_duplex:
        return DUPLEX_PIECE_MS
    return SERVER_VAD_PIECE_MS if hands_free == "closed" else PIECE_MS


def _called(config: Config, note: Callable[[str], None]) -> Called | None:
    """Without its engine the device still has its button, if any; that is reported."""
    if not config.wake_words:
        return None
    from .micro_wake_word import make_ear
    from .wake_models import WakeUnavailable

    try:
        ear = make_ear(config.wake_words)
    except WakeUnavailable as error:
        note(f"{error}; until then nobody can call it")
        return None
    return Called(ear, sends_word=config.turns.send_wake_word)


def _a_voice_decides(config: Config) -> bool:
    """Whether an utterance begins with a voice, or ends with its silence."""
    turns = config.turns
    return turns.mode != "button" or turns.button == "tap" or bool(config.wake_words)


def _patience(config: Config, note: Callable[[str], None]) -> Patience | None:
    """None: always `gate.hangover_ms`, as where the gate does not end utterances."""
    gate = config.gate
    if gate.hangover == "fixed" or config.turns.service_ends or not _a_voice_decides(config):
        return None
    # while its tone sounds it is deaf, or it wants to be called again: what was taken for the end stays the end
    deaf = config.audio.echo == "half-duplex" or bool(config.wake_words)
    hangover_ms = round(gate.hangover_ms * (CAREFUL if deaf else 1))
    with (Path(__file__).parent / "prosody.npz").open("rb") as file, np.load(file) as arrays:
        judge = Prosody.of(arrays).judge
    return AdaptivePatience(hangover_ms, judge, _smart_turn(note) if gate.hangover == "smart-turn" else None)


def _smart_turn(note: Callable[[str], None]) -> Network | None:
    """If it is not available, that is reported, and the device works without it."""
    from ..files.folders import state_folder
    from ..models.store import ModelStore
    from ..models.table import MODELS
    from .smart_turn import SmartTurn, SmartTurnUnavailable

    model = MODELS["smart-turn-v3.2"]
    try:
        return SmartTurn(ModelStore(state_folder()).path(model, model.files[0]))
    except SmartTurnUnavailable as error:
        note(f"{error}; until then pauses are judged without it")
        return None


def _confirmer(config: Config, note: Callable[[str], None]) -> Silero | None:
    """Optional: if it is not available, that is reported, and the device works without it."""
    try:
        return build_confirmer(config)
    except SileroUnavailable as error:
        note(f"{error}; until then only webrtcvad is used")
        return None


def build_confirmer(config: Config) -> Silero | None:
    """Raises SileroUnavailable if it was asked for by name. By itself it is used only where a voice begins or
    ends an utterance: it costs 40 MiB."""
    confirm = config.gate.confirm
    if confirm == "off" or (confirm == "auto" and not _a_voice_decides(config)):
        return None
    try:
        return Silero()
    except SileroUnavailable:
        if confirm == "silero":
            raise
        return None


def build_duplex(
    echo: Echo,
    note: Callable[[str], None],
    learned: Learned | None = None,
    memory: memoryview | None = None,
    *,
    confirmer: Silero | None = None,
    compiled: bool = COMPILED,
) -> Duplex:
    """`note` is told what is not as it was configured. `confirmer`: of the gate. `compiled`: the canceller's filter."""
    learned = learned or Learned()
    late_ms = learned.late_ms
    meter = EchoMeter(learned.full_duplex, learned.relapses)
    match echo:
        case "half-duplex":
            return Duplex(late_ms=late_ms)
        case "linear" | "dtln":
            if not compiled:
                note(SLOW)
            linear = LinearEcho(trained(), memory)
            canceller: Canceller = linear
            if echo == "dtln":
                canceller = _with_second_opinion(linear, confirmer, note)
            return Duplex(meter, canceller, late_ms=late_ms)
        case "aec3":
            from .echo.aec3 import Aec3, EchoUnavailable

            try:
                return Duplex(meter, Aec3(), late_ms=late_ms)
            except EchoUnavailable as error:
                how = to_install("pywebrtc-audio")
                note(f"{error}; {how}; until then half-duplex: it cannot be interrupted by voice")
                return Duplex(late_ms=late_ms)
        case "board" | "off":
            return Duplex(meter, late_ms=late_ms)
        case _ as never:
            assert_never(never)


def _with_second_opinion(
    linear: LinearEcho, confirmer: Silero | None, note: Callable[[str], None]
) -> Canceller:
    from .dtln import Dtln, DtlnUnavailable, find_files
    from .echo.dtln_echo import DtlnEcho
    from .echo.second_opinion import SecondOpinion

    try:
        network = Dtln(find_files())
    except DtlnUnavailable as error:
        note(f'echo = "dtln": {error}; until then as "linear"')
        return linear
    if confirmer is None:
        note(f'echo = "dtln": {NEEDS_SILERO}; until then as "linear"')
        return linear
    return DtlnEcho(linear, SecondOpinion(network, confirmer.beside()))


def trained() -> Weights:
    """The detector's, as benchmarks/physical/train.py has made them."""
    with (
        (Path(__file__).parent / "echo" / "linear" / "detector.npz").open("rb") as file,
        np.load(file) as arrays,
    ):
        return Weights.of(arrays)


def _sounds(config: Config) -> dict[Cue, ServicePcm]:
    audio = config.audio
    wanted = [Cue.RINGING, *(cue for cue in Cue if audio.cues or (audio.messages and cue.is_spoken))]
    return sounds.cues(wanted, own=audio.sounds, language=audio.language, messages=audio.messages)
