"""Every setting: its name, type, default, unit, bounds and meaning. The one place that knows them.

The example file, the JSON schema, the names of the environment variables and the checks are made from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias

Echo: TypeAlias = Literal["aec3", "board", "half-duplex", "off"]


def setting(
    default: Any,
    doc: str,
    *,
    unit: str = "",
    low: float | None = None,
    high: float | None = None,
    env: str = "",
    key_at_risk: bool = False,
    meant: Mapping[str, str] | None = None,
) -> Any:
    """A field with its documentation. `env`: the name that users of Azure know it by. `key_at_risk`: people
    paste their key here, so what stands here is never repeated. `meant`: what they write for one of the
    choices."""
    metadata = {"doc": doc, "unit": unit, "low": low, "high": high, "env": env, "key_at_risk": key_at_risk}
    return field(default=default, metadata=metadata | {"meant": meant or {}})


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """Where the Realtime API is, and how the device proves who it is."""

    provider: Literal["azure", "azure-preview", "openai"] = setting(
        "azure", "azure: today's API (GA). azure-preview: older deployments. openai: api.openai.com."
    )
    endpoint: str = setting(
        "", "Address of the Azure resource: https://NAME.openai.azure.com", env="AZURE_OPENAI_ENDPOINT"
    )
    deployment: str = setting(
        "gpt-realtime",
        "Name of the deployment (Azure) or of the model (OpenAI).",
        env="AZURE_OPENAI_DEPLOYMENT_NAME",
    )
    api_version: str = setting(
        "", "Only for azure-preview, which takes 2025-04-01-preview if empty.", env="OPENAI_API_VERSION"
    )
    credential: Literal[
        "api-key",
        "default",
        "managed-identity",
        "client-certificate",
        "client-secret",
        "workload-identity",
        "command",
    ] = setting(
        "api-key",
        "api-key: from the environment (AZURE_OPENAI_API_KEY, OPENAI_API_KEY) or api_key_file. command: a token"
        " that a program prints (credential_command). The others are keyless (Microsoft Entra ID) and take what"
        " they need from the AZURE_* variables, see docs/credentials.md; default: whichever of them works here.",
        key_at_risk=True,
        meant={"entra": "default", "aad": "default", "key": "api-key", "msi": "managed-identity"},
    )
    api_key_file: str = setting(
        "",
        "File with nothing but the key, or with two, one a line: where one is refused the other is used. Read anew"
        " when it changes. Under systemd the credential named api-key is found by itself.",
        key_at_risk=True,
    )
    credential_command: str = setting(
        "",
        "command: the program and its arguments. It prints a token, or JSON with a token and when it expires.",
        key_at_risk=True,
    )
    tenant_id: str = setting(
        "", "Entra ID: the tenant (directory) of the application.", env="AZURE_TENANT_ID"
    )
    client_id: str = setting(
        "", "Entra ID: the application, or the user-assigned managed identity.", env="AZURE_CLIENT_ID"
    )
    scope: str = setting("", "Scope of the Entra token. Empty: the right one for the provider.")
    proxy: str = setting(
        "env", "env: as HTTPS_PROXY says. none: directly. Or http://HOST:PORT. Never used for this machine."
    )
    connect_timeout_s: float = setting(
        10.0, "How long a connection may take to be made and configured.", unit="s", low=1, high=120
    )


@dataclass(frozen=True, slots=True)
class AssistantSettings:
    """Who the user talks to."""

    instructions: str = setting(
        "You are a friendly assistant on a voice device. Answer in one to three short spoken sentences.",
        "The system message.",
    )
    voice: str = setting(
        "alloy",
        "alloy, ash, ballad, coral, echo, sage, shimmer, verse; GA also marin and cedar.",
    )
    temperature: float = setting(0.8, "Only for azure-preview; GA has none.", low=0.6, high=1.2)
    language: str = setting("", "Language that the user speaks (en, ja, ...), a hint for the transcription.")
    transcription: str = setting(
        "",
        "Model that writes down what the user says; on Azure the name of a transcription deployment."
        " Empty: none. The answer does not need it.",
    )
    max_output_tokens: int = setting(0, "The longest answer; 0: no limit.", unit="tokens", low=0, high=4096)


@dataclass(frozen=True, slots=True)
class TurnTaking:
    """Whose turn it is to speak."""

    mode: Literal["button", "hands-free"] = setting("button", "What begins an utterance.")
    button: Literal["hold", "tap"] = setting(
        "hold", "hold: press, talk, release. tap: press to start, press or silence to end."
    )
    end: Literal["local", "server", "semantic"] = setting(
        "local",
        "Who ends a hands-free utterance. local: this device (the least cost). server: the service's"
        " voice detection. semantic: the service, by what was said (not for azure-preview).",
    )
    threshold: float = setting(0.5, "server: how loud a voice must be.", low=0, high=1)
    prefix_padding_ms: int = setting(300, "server: sound kept before a voice.", unit="ms", low=0, high=5000)
    silence_duration_ms: int = setting(
        500, "server: silence that ends a turn.", unit="ms", low=100, high=10000
    )
    eagerness: Literal["low", "medium", "high", "auto"] = setting(
        "auto", "semantic: how soon the service answers."
    )


@dataclass(frozen=True, slots=True)
class GateSettings:
    """How this device tells a voice from noise."""

    aggressiveness: int = setting(3, "webrtcvad: 0 takes much for a voice, 3 little.", low=0, high=3)
    confirm: Literal["auto", "silero", "off"] = setting(
        "auto",
        "Who confirms that a voice has begun. silero: a small neural network (onnxruntime and silero-vad must"
        " be installed). auto: silero if it is installed. off: webrtcvad and the level alone.",
    )
    start_ms: int = setting(80, "Voice that opens the gate.", unit="ms", low=20, high=1000)
    hangover_ms: int = setting(
        600, "Silence that closes it, and so ends an utterance.", unit="ms", low=100, high=5000
    )
    preroll_ms: int = setting(
        300, "Sound kept from before the button or the voice.", unit="ms", low=0, high=3000
    )


@dataclass(frozen=True, slots=True)
class AudioSettings:
    """Microphone and speaker."""

    backend: Literal["portaudio", "simulated"] = setting(
        "portaudio", "portaudio: real devices. simulated: a sound card made of WAV files."
    )
    microphone: str = setting(
        "",
        "Name of the device, or a part of it that no other has ('edge-agent devices' lists them)."
        " Empty: the system's default.",
    )
    speaker: str = setting("", "The same for the speaker.")
    mic_rate_hz: int = setting(
        0, "Rate to open the microphone with; 0: one that it takes.", unit="Hz", low=0, high=192000
    )
    mic_channels: int = setting(0, "Channels to open it with; 0: as few as it takes.", low=0, high=32)
    mic_channel: int = setting(
        -1, "Which of its channels is heard, from 0; -1: the mean of all.", low=-1, high=31
    )
    speaker_rate_hz: int = setting(
        0, "Rate to open the speaker with; 0: one that it takes.", unit="Hz", low=0, high=192000
    )
    speaker_channels: int = setting(0, "Channels to open it with; 0: as few as it takes.", low=0, high=32)
    speaker_delay_ms: int = setting(
        0, "Delay of the speaker beyond what the system knows (Bluetooth).", unit="ms", low=0, high=1000
    )
    echo: Echo = setting(
        "aec3",
        "Who keeps the speaker out of what the microphone hears. aec3: this agent (pywebrtc-audio must be"
        " installed). board: the microphone array itself. half-duplex: nobody, so do not listen while speaking."
        " off: it cannot be heard, as with headphones. Where it is heard all the same, the agent goes to"
        " half-duplex by itself.",
    )
    volume: int = setting(
        100, "Until it is changed by button or command. 100: sound as it comes.", unit="%", low=0, high=100
    )
    sounds: str = setting(
        "",
        "Folder with WAV files of your own for cues and messages, named like those in edge_agent/audio/sounds.",
    )
    language: Literal["en", "ja"] = setting("en", "Of the spoken messages.")
    mic_wav: str = setting("", "simulated: what the microphone hears. Empty: silence.")
    speaker_wav: str = setting("", "simulated: what the speaker played is written here. Empty: nowhere.")
    echo_path: str = setting(
        "",
        "simulated: how the speaker is heard by the microphone, as GAIN@DELAY_MS (0.3@40). Empty: not at all.",
    )
    prebuffer_ms: int = setting(
        100, "Sound of an answer to wait for before playing it.", unit="ms", low=0, high=2000
    )
    fade_ms: int = setting(12, "How softly an interrupted answer ends.", unit="ms", low=0, high=200)
    cues: bool = setting(True, "Short sounds for listening, done, muted, offline, gave up.")
    messages: bool = setting(True, "Spoken messages: why the device cannot help, and that it has forgotten.")

    @property
    def heard_channel(self) -> int | None:
        """Of the microphone; None: the mean of all."""
        return self.mic_channel if self.mic_channel >= 0 else None


ButtonAction: TypeAlias = Literal["none", "mute", "interrupt", "forget"]
LIGHTS = {"none": (), "led": ("light_pin",), "rgb": ("red_pin", "green_pin", "blue_pin")}


@dataclass(frozen=True, slots=True)
class PanelSettings:
    """Button and light. Pins are BCM numbers (GPIO17 is 17); -1: there is none."""

    backend: Literal["gpio", "simulated", "none"] = setting(
        "gpio",
        "gpio: the pins below. simulated: the light is shown in the terminal. none: no button, no light.",
    )
    button_pin: int = setting(-1, "The button.", low=-1, high=27)
    button_active: Literal["low", "high"] = setting(
        "low",
        "low: it connects to ground (pulled up inside). high: to 3.3 V (pulled down). The volume buttons too.",
    )
    debounce_ms: int = setting(30, "How long a contact must be quiet to count.", unit="ms", low=0, high=500)
    long_press_ms: int = setting(1500, "A press of this length is long.", unit="ms", low=500, high=10000)
    long_press: ButtonAction = setting(
        "forget",
        "What a long press does (not where the button is held to talk). forget: the conversation ends, and what"
        " was said in it is forgotten, here and at the service.",
    )
    double_press_ms: int = setting(
        350, "Two presses within this time are a double press.", unit="ms", low=100, high=2000
    )
    double_press: ButtonAction = setting(
        "mute", "What a double press does (where the button is held to talk)."
    )
    mute_pin: int = setting(-1, "A switch that mutes while it is on.", low=-1, high=27)
    mute_active: Literal["low", "high"] = setting("low", "Which level of the switch means muted.")
    volume_up_pin: int = setting(-1, "A button for louder.", low=-1, high=27)
    volume_down_pin: int = setting(-1, "A button for softer.", low=-1, high=27)
    light: Literal["none", "led", "rgb"] = setting("none", "led: one on light_pin. rgb: three.")
    light_pin: int = setting(-1, "The single LED.", low=-1, high=27)
    red_pin: int = setting(-1, "rgb: red.", low=-1, high=27)
    green_pin: int = setting(-1, "rgb: green.", low=-1, high=27)
    blue_pin: int = setting(-1, "rgb: blue.", low=-1, high=27)
    light_active: Literal["high", "low"] = setting("high", "Which level lights it (low: common anode).")
    dimmable: bool = setting(True, "Whether the LED can be dimmed (PWM), or only be on and off.")
    brightness: int = setting(100, "Of the light at its brightest.", unit="%", low=1, high=100)

    @property
    def pins(self) -> dict[str, int]:
        """The pins in use by the name of their setting."""
        if self.backend != "gpio":
            return {}
        names = ("button_pin", "mute_pin", "volume_up_pin", "volume_down_pin", *LIGHTS[self.light])
        return {name: pin for name in names if (pin := getattr(self, name)) >= 0}


@dataclass(frozen=True, slots=True)
class Limits:
    """How long things may take, and how much a day may cost."""

    listen_s: float = setting(60.0, "The longest utterance.", unit="s", low=1, high=60)
    silence_s: float = setting(8.0, "tap: how long to wait for the first word.", unit="s", low=1, high=60)
    answer_s: float = setting(20.0, "How long to wait for an answer to begin.", unit="s", low=1, high=300)
    stall_s: float = setting(8.0, "How long an answer may stop in the middle.", unit="s", low=1, high=60)
    offline_s: float = setting(30.0, "How long a question waits for the link.", unit="s", low=1, high=600)
    visit_idle_s: float = setting(
        120.0,
        "After this long without a word the conversation is forgotten, here and at the service: the next visitor"
        " begins anew. 0: never.",
        unit="s",
        low=0,
        high=86400,
    )
    idle_close_s: float = setting(
        120.0,
        "After this long without a word the link is closed; it is opened again when somebody talks, and no word"
        " is lost. 0: it is kept open.",
        unit="s",
        low=0,
        high=86400,
    )
    daily_cost: float = setting(
        0.0,
        "What a day may cost, in the currency of [prices]. Once it is reached nothing more is sent until"
        " midnight, and the device says so. 0: no limit.",
        low=0,
        high=10_000_000,
    )


@dataclass(frozen=True, slots=True)
class Prices:
    """Of 1 million tokens each. -1: in USD as known for the model of [service] deployment, else for gpt-realtime."""

    currency: str = setting("USD", "What the prices are in. Other than USD: set them all.")
    text_in: float = setting(-1.0, "Text that the model reads (gpt-realtime: 4.00).", low=-1, high=10_000_000)
    text_cached: float = setting(
        -1.0, "Text that it reads once more (gpt-realtime: 0.40).", low=-1, high=10_000_000
    )
    text_out: float = setting(-1.0, "Text that it writes (gpt-realtime: 16.00).", low=-1, high=10_000_000)
    audio_in: float = setting(-1.0, "Speech that it hears (gpt-realtime: 32.00).", low=-1, high=10_000_000)
    audio_cached: float = setting(
        -1.0, "Speech that it hears once more (gpt-realtime: 0.40).", low=-1, high=10_000_000
    )
    audio_out: float = setting(
        -1.0, "Speech that it answers with (gpt-realtime: 64.00).", low=-1, high=10_000_000
    )
    transcribed_min: float = setting(
        -1.0,
        "A minute of speech that is written down, where [assistant] transcription is set (gpt-realtime-whisper:"
        " 0.017).",
        low=-1,
        high=10_000_000,
    )


@dataclass(frozen=True, slots=True)
class LogSettings:
    """What is written down, in the journal or on the terminal."""

    level: Literal["info", "debug"] = setting(
        "info", "info: a line for each turn, and what goes wrong. debug: every step of every turn."
    )
    transcripts: bool = setting(
        False, "Also the words that were said, by both sides. Think of who can read the journal."
    )


@dataclass(frozen=True, slots=True)
class MetricsSettings:
    """Numbers for Prometheus (prometheus-client must be installed)."""

    address: str = setting(
        "",
        "Where they are served, as in 127.0.0.1:9464; [::]:9464 for the whole network, which then may read them all:"
        " numbers, codes, version and the name of the deployment, no words and no keys. Empty: nowhere.",
    )


@dataclass(frozen=True, slots=True)
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
    board: str = setting(
        "",
        "What hardware this is: a profile that is laid under this file ('edge-agent config boards' lists them),"
        " or FILE.toml for one of your own. Empty: none.",
    )
    path: Path | None = None  # the file it was read from

    @property
    def has_service(self) -> bool:
        """Whether a service was configured at all."""
        return bool(self.service.endpoint) or self.service.provider == "openai"
