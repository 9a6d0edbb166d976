"""Settings of whose turn it is to speak, and of how a voice is told from noise. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

from ..vocabulary.frozen import frozen
from .providers import Provider, names
from .setting import setting

TurnMode: TypeAlias = Literal["button", "hands-free", "wake-word"]


def those(fits: Callable[[Provider], bool]) -> str:
    """The providers that a setting is for, or not for."""
    return ", ".join(names(fits))


AZURE_SPEECH = those(lambda provider: provider.has_azure_hearing)


@frozen
class TurnTaking:
    """Whose turn it is to speak."""

    mode: TurnMode = setting(
        "button",
        "What starts an utterance. wake-word: until the device is called, there is no link, and nothing leaves it"
        " ([[wake]]; pymicro-wakeword must be installed).",
    )
    button: Literal["hold", "tap"] = setting(
        "hold", "hold: press, talk, release. tap: press to start, press or silence to end."
    )
    end: Literal["local", "server", "semantic"] = setting(
        "local",
        "What ends an utterance that a voice or a wake word began. local: this device (cheapest). server: the service's"
        " voice detection. semantic: the service, from the meaning (not for"
        f" {those(lambda provider: 'semantic' not in provider.ends_turns)}).",
    )
    follow_up_s: float = setting(
        8.0,
        "After an answer to somebody who called: how long a voice is listened to without the wake word.",
        unit="s",
        low=0,
        high=60,
    )
    send_wake_word: bool = setting(False, "The service hears the wake word too, ahead of what follows it.")
    threshold: float = setting(0.5, "server: how loud a voice must be to count.", low=0, high=1)
    prefix_padding_ms: int = setting(
        300, "server: audio kept from before the voice.", unit="ms", low=0, high=5000
    )
    silence_duration_ms: int = setting(
        500, "server: silence that ends a turn.", unit="ms", low=100, high=10000
    )
    idle_timeout_ms: int = setting(
        0,
        "server: silence after an answer, 5000 to 30000, after which the service speaks by itself (0: never; not for"
        f" {those(lambda provider: 'idle-timeout' not in provider.takes)}).",
        unit="ms",
        low=0,
        high=30000,
    )
    eagerness: Literal["low", "medium", "high", "auto"] = setting(
        "auto", f"semantic: how quickly the service answers (not for {AZURE_SPEECH})."
    )
    semantic_vad: Literal[
        "azure_semantic_vad", "azure_semantic_vad_en", "azure_semantic_vad_multilingual"
    ] = setting("azure_semantic_vad", f"semantic, only for {AZURE_SPEECH}: which of its detections.")
    remove_filler_words: bool = setting(
        False, f"semantic, only for {AZURE_SPEECH}: um and er do not interrupt an answer."
    )
    semantic_languages: str = setting(
        "", f"semantic, only for {AZURE_SPEECH}: languages that are spoken, as in en,ja. Empty: any."
    )
    end_of_utterance: Literal["off", "default", "low", "medium", "high"] = setting(
        "off",
        f"server and semantic, only for {AZURE_SPEECH}: a model also judges whether the user has finished; how sure"
        " it must be.",
    )

    @property
    def service_ends(self) -> bool:
        """Whether the service decides where an utterance ends that no button began."""
        return self.mode != "button" and self.end != "local"


@frozen
class GateSettings:
    """How this device tells a voice from noise."""

    aggressiveness: int = setting(
        3, "webrtcvad: 0 accepts most sounds as voice, 3 the fewest.", low=0, high=3
    )
    confirm: Literal["auto", "silero", "off"] = setting(
        "auto",
        "What confirms that a voice has started. silero: a small neural network (onnxruntime and silero-vad must"
        " be installed). auto: silero if installed. off: only webrtcvad and the level.",
    )
    start_ms: int = setting(80, "Length of voice that opens the gate.", unit="ms", low=20, high=1000)
    hangover: Literal["adaptive", "smart-turn", "fixed"] = setting(
        "adaptive",
        "How long a silence ends the utterance. adaptive: by how this person speaks and pauses. smart-turn: a network"
        " judges too (edge-agent models get smart-turn-v3.2; onnxruntime must be installed). fixed: hangover_ms.",
    )
    hangover_ms: int = setting(
        600,
        "Silence that closes the gate and ends the utterance. If it is not fixed: 0.4 to 1.2 of it, with wake"
        " words a quarter more.",
        unit="ms",
        low=100,
        high=5000,
    )
    preroll_ms: int = setting(
        300, "Audio kept from before the button or the voice.", unit="ms", low=0, high=3000
    )
