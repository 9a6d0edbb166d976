"""Every setting: its name, type, default, unit, bounds and meaning. The one place that knows them.

The example file, the JSON schema, the names of the environment variables and the checks are made from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from pathlib import Path
from typing import Literal, TypeAlias

from ..vocabulary.frozen import frozen
from ..vocabulary.models import GA_VOICES, VOICES
from .announce_settings import AnnounceSettings
from .fleet_settings import FleetSettings
from .mcp_servers import McpServer
from .mqtt_settings import MqttSettings as MqttSettings
from .own_tools import OwnTool
from .panel_settings import PanelSettings
from .price_settings import Prices
from .providers import PROVIDERS
from .service_settings import ServiceSettings as ServiceSettings
from .setting import setting
from .tool_settings import AbilitySettings, HomeSettings
from .turn_settings import AZURE_SPEECH, those
from .turn_settings import GateSettings as GateSettings
from .turn_settings import TurnMode as TurnMode
from .turn_settings import TurnTaking as TurnTaking
from .wake_words import PERSONA, WakeWord
from .web_settings import WebSettings as WebSettings

Echo: TypeAlias = Literal["linear", "dtln", "aec3", "board", "half-duplex", "off"]


@frozen
class AssistantSettings:
    """Who the user talks to."""

    instructions: str = setting(
        "You are a friendly assistant on a voice device. Answer in one to three short spoken sentences.",
        "The system message.",
    )
    backend: str = setting(
        "",
        f"Only for {those(lambda provider: provider.is_duplex)}: the text model that tools are called by; on Azure, the"
        " name of its deployment. Its tokens are charged, too. Empty: there are no tools.",
    )
    voice: str = setting(
        "alloy",
        f"{', '.join(VOICES)}; GA also {' and '.join(GA_VOICES)}, or the id of your own voice: voice_... With"
        f" {AZURE_SPEECH} also a voice of Azure Speech, as in en-US-Ava:DragonHDLatestNeural.",
    )
    voice_endpoint_id: str = setting(
        "", f"Only for {AZURE_SPEECH}: ID of the endpoint of your custom voice, which voice names."
    )
    speed: float = setting(
        1.0,
        f"How fast it speaks; 1: as the voice does by itself. Not for {AZURE_SPEECH}.",
        low=0.25,
        high=1.5,
    )
    reasoning: Literal["default", "minimal", "low", "medium", "high", "xhigh"] = setting(
        "default",
        "How long it thinks before it speaks: less answers sooner, and costs less. Only for models that reason"
        f" (gpt-realtime-2 and later); xhigh not for {those(lambda provider: 'xhigh' not in provider.efforts)}."
        " default: as the model does by itself.",
    )
    temperature: float = setting(
        0.8,
        f"Only for {those(lambda provider: provider.has_temperature)}; not supported by GA.",
        low=0.6,
        high=1.2,
    )
    language: str = setting("", "Language the user speaks (en, ja, ...), a hint for transcription.")
    transcription: str = setting(
        "",
        "Model that transcribes what the user says; on Azure, the name of a transcription deployment"
        f" ({AZURE_SPEECH}: of a model, as azure-speech)."
        " Empty: no transcription. Answers do not depend on it.",
    )
    transcription_languages: str = setting(
        "",
        "Languages that users may speak, as in en, ja: instead of language; for"
        " gpt-transcribe and gpt-live-transcribe.",
    )
    transcription_keywords: str = setting(
        "",
        "Words that transcription should know, such as names, separated by commas; for gpt-transcribe and"
        " gpt-live-transcribe.",
    )
    max_output_tokens: int = setting(
        0, "Maximum length of an answer; 0: no limit.", unit="tokens", low=0, high=4096
    )
    truncation_ratio: float = setting(
        0.0,
        "How much of a conversation that has grown too long is kept, as in 0.8: fewer cuts keep more of it cached, and"
        " so cheap. 0: the service cuts as little as it can.",
        low=0,
        high=1,
    )
    truncation_tokens: int = setting(
        0,
        "With truncation_ratio: how long a conversation may grow, without the instructions; 0: as the model allows.",
        unit="tokens",
        low=0,
        high=128_000,
    )


@frozen
class AudioSettings:
    """Microphone and speaker."""

    backend: Literal["portaudio", "simulated"] = setting(
        "portaudio", "portaudio: real devices. simulated: a sound card that reads and writes WAV files."
    )
    microphone: str = setting(
        "",
        "Name of the device, or a unique part of it ('edge-agent devices' lists them); never a number, which may mean"
        " another device after the next start. Empty: the system's default.",
    )
    speaker: str = setting("", "Same as microphone, for the speaker.")
    mic_rate_hz: int = setting(
        0, "Sample rate of the microphone; 0: choose one that works.", unit="Hz", low=0, high=192000
    )
    mic_channels: int = setting(
        0, "Number of channels to open; 0: the fewest that work. mic_channel may need more.", low=0, high=32
    )
    mic_channel: int = setting(
        -1, "Which channel to use, counted from 0; -1: the average of all.", low=-1, high=31
    )
    mic_gain_db: int = setting(
        0,
        "Makes what is sent louder, for a microphone without a mixer; the device's own hearing adapts by itself.",
        unit="dB",
        low=0,
        high=40,
    )
    speaker_rate_hz: int = setting(
        0, "Sample rate of the speaker; 0: choose one that works.", unit="Hz", low=0, high=192000
    )
    speaker_channels: int = setting(0, "Number of channels to open; 0: the fewest that work.", low=0, high=32)
    speaker_delay_ms: int = setting(
        0,
        "Extra delay of the speaker that the system does not report (Bluetooth).",
        unit="ms",
        low=0,
        high=1000,
    )
    echo: Echo = setting(
        "linear",
        "What removes the speaker's echo from the microphone. linear: this agent, which also tells a voice from what is"
        " left of the echo. dtln: the same, with a neural canceller where that is in doubt (needs ai-edge-litert, and"
        " sudo edge-agent models get dtln-aec-128). aec3: this agent, with WebRTC's canceller (pywebrtc-audio must be"
        " installed). board: the microphone array itself. half-duplex: nothing, so do not listen while speaking. off:"
        " there is no echo,"
        " as with headphones. If there is too much echo anyway, the agent switches to half-duplex automatically.",
    )
    service_echo: Literal["off", "server", "client"] = setting(
        "off",
        f"Only for {AZURE_SPEECH}: the service removes echo too. server: of what it sent, and so expects"
        " to be played at once. client: of what the speaker plays, sent as a second channel (twice the upload; a"
        " preview).",
    )
    service_noise_suppression: bool = setting(
        False, f"Only for {AZURE_SPEECH}: the service removes noise before it listens."
    )
    noise_reduction: Literal["off", "near_field", "far_field"] = setting(
        "off",
        "What the service filters out of the microphone before it listens. near_field: for a headset or handset."
        " far_field: for a microphone in the room. off: nothing, as for an array that does it itself. Not for"
        f" {AZURE_SPEECH}.",
    )
    volume: int = setting(
        100,
        "Initial volume, until changed by a button or command. 100: unchanged.",
        unit="%",
        low=0,
        high=100,
    )
    sounds: str = setting(
        "",
        "Folder with your own WAV files for cues and messages, named as in edge_agent/audio/sounds.",
    )
    language: Literal["en", "ja"] = setting("en", "Language of the spoken messages.")
    mic_wav: str = setting("", "simulated: the file the microphone hears. Empty: silence.")
    speaker_wav: str = setting("", "simulated: the file to record the speaker to. Empty: none.")
    echo_path: str = setting(
        "",
        "simulated: echo from speaker to microphone, as GAIN@DELAY_MS (0.3@40). Empty: none.",
    )
    prebuffer_ms: int = setting(
        100,
        "Audio of an answer to buffer before playing it; more by itself where the network is too slow for that.",
        unit="ms",
        low=0,
        high=2000,
    )
    fade_ms: int = setting(
        12, "Fade-out when an answer is interrupted, or runs dry.", unit="ms", low=0, high=200
    )
    cues: bool = setting(True, "Play short sounds for listening, done, muted, offline, gave up.")
    messages: bool = setting(
        True, "Play spoken messages: why the device cannot help, and that it has forgotten."
    )

    @property
    def heard_channel(self) -> int | None:
        """Of the microphone; None: the mean of all."""
        return self.mic_channel if self.mic_channel >= 0 else None


@frozen
class Limits:
    """Time limits, and a limit on the daily cost."""

    listen_s: float = setting(60.0, "Maximum length of an utterance.", unit="s", low=1, high=60)
    silence_s: float = setting(
        8.0, "tap, wake word: how long to wait for the first word.", unit="s", low=1, high=60
    )
    answer_s: float = setting(20.0, "How long to wait for an answer to start.", unit="s", low=1, high=300)
    stall_s: float = setting(8.0, "How long an answer may pause in the middle.", unit="s", low=1, high=60)
    offline_s: float = setting(30.0, "How long a question waits for the link.", unit="s", low=1, high=600)
    visit_idle_s: float = setting(
        120.0,
        "After this long without speech the conversation is forgotten, here and at the service: the next visitor"
        " starts fresh. 0: never.",
        unit="s",
        low=0,
        high=86400,
    )
    idle_close_s: float = setting(
        -1.0,
        "After this long without speech the link is closed; it reopens when somebody talks, and no speech"
        " is lost. 0: keep it open. -1: 120 s, and 25 s for"
        f" {those(lambda provider: provider.is_duplex)}, where each minute costs. In mode wake-word it is closed once"
        " turns.follow_up_s is over.",
        unit="s",
        low=-1,
        high=86400,
    )
    daily_cost: float = setting(
        0.0,
        "Maximum cost per day, in the currency of [prices]. Once it is reached, nothing is sent until"
        " midnight, and the device says so. 0: no limit.",
        low=0,
        high=10_000_000,
    )


@frozen
class LogSettings:
    """What is logged, in the journal or on the terminal."""

    level: Literal["info", "debug"] = setting(
        "info", "info: one line per turn, and problems. debug: every step of every turn."
    )
    transcripts: bool = setting(False, "Also log what both sides said. Consider who can read the journal.")


@frozen
class MetricsSettings:
    """Numbers for Prometheus (prometheus-client must be installed)."""

    address: str = setting(
        "",
        "Address to serve them at, as in 127.0.0.1:9464, or [::]:9464 to let the whole network read them:"
        " numbers, codes, version and deployment name, but no speech and no keys. Empty: off.",
    )


@frozen
class Config:
    service: ServiceSettings = field(default_factory=ServiceSettings)
    assistant: AssistantSettings = field(default_factory=AssistantSettings)
    turns: TurnTaking = field(default_factory=TurnTaking)
    gate: GateSettings = field(default_factory=GateSettings)
    audio: AudioSettings = field(default_factory=AudioSettings)
    panel: PanelSettings = field(default_factory=PanelSettings)
    limits: Limits = field(default_factory=Limits)
    prices: Prices = field(default_factory=Prices)
    log: LogSettings = field(default_factory=LogSettings)
    metrics: MetricsSettings = field(default_factory=MetricsSettings)
    mqtt: MqttSettings = field(default_factory=MqttSettings)
    web: WebSettings = field(default_factory=WebSettings)
    abilities: AbilitySettings = field(default_factory=AbilitySettings)
    home: HomeSettings = field(default_factory=HomeSettings)
    announce: AnnounceSettings = field(default_factory=AnnounceSettings)
    fleet: FleetSettings = field(default_factory=FleetSettings)
    board: str = setting(
        "",
        "Hardware profile that supplies defaults for this file ('edge-agent config boards' lists them),"
        " or FILE.toml for your own. Empty: none.",
    )
    tools: tuple[OwnTool, ...] = ()
    mcp: tuple[McpServer, ...] = ()
    wake: tuple[WakeWord, ...] = ()
    path: Path | None = None  # the file it was read from
    fleet_part: str = ""  # the SHA-256 of what the fleet has set; empty: nothing
    # who has set what is not at its default: board, file, changes, fleet, command line, or the variable
    sources: Mapping[tuple[str, str], str] = field(default_factory=dict, compare=False)

    @property
    def sends_reference(self) -> bool:
        """Whether the service gets what the speaker plays, as a second channel beside the microphone."""
        return PROVIDERS[self.service.provider].has_azure_hearing and self.audio.service_echo == "client"

    @property
    def wake_words(self) -> tuple[WakeWord, ...]:
        """Those that are listened for. In mode wake-word there is one that calls."""
        calls = any(word.does == "call" for word in self.wake)
        return self.wake if calls or self.turns.mode != "wake-word" else (WakeWord(), *self.wake)

    def answered_by(self, word: str) -> Config:
        """Who answers to this word; to no word, or one without a persona: [assistant]."""
        persona = next((known for known in self.wake_words if known.name == word), WakeWord())
        own = {key: value for key in PERSONA if (value := getattr(persona, key))}
        return replace(self, assistant=replace(self.assistant, **own)) if own else self

    @property
    def has_service(self) -> bool:
        """Whether a service was configured at all."""
        return bool(self.service.endpoint or PROVIDERS[self.service.provider].endpoint)
