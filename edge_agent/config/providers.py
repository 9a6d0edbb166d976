"""One row for each provider of the Realtime API. All their differences are here, except the JSON that they speak:
`realtime.wire.dialects`. Pure.

Sources: the GA and preview references of the Realtime API, Azure's migration guide, the Voice Live reference
2026-07-15, the client of voice agents in the `azure-ai-projects` package 2.10.0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Literal, TypeAlias, get_args

from ..vocabulary.frozen import frozen
from ..vocabulary.models import GA_VOICES, VOICES, Vendor
from ..vocabulary.sound import MIC_RATE_HZ, SERVICE_RATE_HZ

ProviderName: TypeAlias = Literal[
    "azure", "azure-preview", "azure-voice-live", "openai", "openai-live", "azure-live", "azure-agent"
]
DialectName: TypeAlias = Literal["ga", "preview", "voice-live", "live"]
Feature: TypeAlias = Literal[
    "reasoning",
    "speed",
    "noise-reduction",
    "truncation",
    "voice-id",
    "transcription-hints",
    "idle-timeout",
    "acknowledgement-delay",
]
Effort: TypeAlias = Literal["minimal", "low", "medium", "high", "xhigh"]

NATIVE_VOICES = (  # of the model azure-realtime
    *("aarti", "andrew", "ava", "denise", "diya", "elsa"),
    *("florian", "francisca", "meera", "xiaoxiao", "ximena", "yunxi"),
)
LIVE_VOICES = (
    *("alloy", "ash", "ballad", "beacon", "bossa", "cedar", "cinder", "coral", "delta", "echo", "gleam"),
    *("marin", "meridian", "quartz", "ripple", "sage", "shida", "shimmer", "stone", "tempo", "verse"),
    *("vesper", "willow"),
)


@frozen
class Provider:
    """The defaults are those of the current API (GA)."""

    about: str  # a few words for the example file
    path: str  # of an agent with {project} and {agent}
    query: str  # with {deployment} and {api_version}
    key_header: Literal["api-key", "authorization"]
    key_variable: str  # the environment variable that people keep the key in
    endpoint: str = ""  # if it is always the same
    api_version: str = ""  # the default; empty: it does not use one
    scope: str = ""  # of an Entra token; empty: it does not support Microsoft Entra ID
    dialect: DialectName = "ga"
    voices: tuple[str, ...] = (*VOICES, *GA_VOICES)
    has_azure_voices: bool = False  # hundreds more, by name
    ends_turns: tuple[Literal["server", "semantic"], ...] = ("server", "semantic")  # its own detections
    has_temperature: bool = False
    has_azure_hearing: bool = False  # its own turn detection, noise suppression and echo cancellation
    upload_rate_hz: int = SERVICE_RATE_HZ  # of the sound that is sent to it
    client_echo_query: str = ""  # what asks for its canceller to take our reference
    roles: str = "the role 'Cognitive Services OpenAI User'"  # that an Entra identity needs
    has_known_prices: bool = True
    takes: tuple[Feature, ...] = get_args(Feature)  # settings that not every API has
    efforts: tuple[Effort, ...] = ("minimal", "low", "medium", "high")  # of reasoning
    deployment: str = "gpt-realtime"  # if none is set
    model_path: str = ""  # that tells of a model, with {deployment}; empty: there is none
    session_s: float = 3600.0  # maximum duration
    is_duplex: bool = False  # its model listens while it speaks, and decides when to; paid for by the minute
    is_agent: bool = False  # persona, voice and tools are a version at the service, which also greets
    takes_keys: bool = True
    headers: Mapping[str, str] = field(default_factory=dict)
    subprotocol: str = ""  # of the WebSocket

    @property
    def in_azure(self) -> bool:
        """Whether it is a resource of the user in Azure: with its own endpoint, and set by the AZURE_* variables."""
        return not self.endpoint

    @property
    def vendor(self) -> Vendor:
        """Whose end dates of models hold."""
        return "Azure" if self.in_azure else "OpenAI"


PROVIDERS: Mapping[str, Provider] = {
    "azure": Provider(
        "the current API (GA)",
        path="/openai/v1/realtime",
        query="model={deployment}",
        key_header="api-key",
        key_variable="AZURE_OPENAI_API_KEY",
        scope="https://ai.azure.com/.default",
    ),
    "azure-preview": Provider(
        "older deployments",
        path="/openai/realtime",
        query="api-version={api_version}&deployment={deployment}",
        key_header="api-key",
        key_variable="AZURE_OPENAI_API_KEY",
        api_version="2025-04-01-preview",
        scope="https://cognitiveservices.azure.com/.default",
        dialect="preview",
        voices=VOICES,
        ends_turns=("server",),
        has_temperature=True,
        takes=("speed", "noise-reduction"),
        session_s=1800.0,
    ),
    "azure-voice-live": Provider(
        "Voice Live, with the voices and the hearing of Azure Speech",
        path="/voice-live/realtime",
        query="api-version={api_version}&model={deployment}",
        key_header="api-key",
        key_variable="AZURE_OPENAI_API_KEY",
        api_version="2026-07-15",
        scope="https://ai.azure.com/.default",
        dialect="voice-live",
        voices=(*VOICES, *GA_VOICES, *NATIVE_VOICES),
        has_azure_voices=True,
        has_temperature=True,
        has_azure_hearing=True,
        client_echo_query="&features=client_ec_reference:true",
        upload_rate_hz=MIC_RATE_HZ,
        roles="the roles 'Cognitive Services User' and 'Foundry User'",
        has_known_prices=False,
        takes=("reasoning", "noise-reduction"),
        efforts=get_args(Effort),
    ),
    "openai": Provider(
        "api.openai.com",
        path="/v1/realtime",
        query="model={deployment}",
        key_header="authorization",
        key_variable="OPENAI_API_KEY",
        endpoint="https://api.openai.com",
        efforts=get_args(Effort),
        deployment="gpt-realtime-2.1",
        model_path="/v1/models/{deployment}",
    ),
    "openai-live": Provider(
        "GPT-Live at api.openai.com, which listens while it speaks, and is paid for by the minute",
        path="/v1/live/sessions",
        query="",
        key_header="authorization",
        key_variable="OPENAI_API_KEY",
        endpoint="https://api.openai.com",
        dialect="live",
        voices=LIVE_VOICES,
        ends_turns=(),
        takes=("voice-id", "acknowledgement-delay"),
        deployment="gpt-live-1",
        model_path="/v1/models/{deployment}",
        session_s=7200.0,
        is_duplex=True,
    ),
    "azure-live": Provider(
        "GPT-Live in Azure (preview)",
        path="/openai/v1/live/sessions",
        query="",
        key_header="api-key",
        key_variable="AZURE_OPENAI_API_KEY",
        scope="https://ai.azure.com/.default",
        dialect="live",
        voices=LIVE_VOICES,
        ends_turns=(),
        takes=("voice-id",),
        deployment="gpt-live-1",
        session_s=7200.0,
        is_duplex=True,
    ),
    "azure-agent": Provider(
        "a voice agent of Microsoft Foundry (preview): persona, voice and tools are kept there, in versions",
        path="/api/projects/{project}/agents/{agent}/endpoint/protocols/voice",
        query="api-version=v1",
        key_header="authorization",
        key_variable="AZURE_OPENAI_API_KEY",
        scope="https://ai.azure.com/.default",
        roles="the role 'Foundry User'",
        has_known_prices=False,
        deployment="",
        is_agent=True,
        takes_keys=False,
        headers={"Foundry-Features": "VoiceAgents=V1Preview"},
        subprotocol="realtime",
    ),
}
# where nobody says which one it is
DEFAULT_PROVIDER = PROVIDERS["azure"]


def is_azure_voice(voice: str) -> bool:
    """Whether a name is one of Azure Speech (en-US-AvaNeural), not of a model's own voice."""
    return "-" in voice


def names(fits: Callable[[Provider], bool]) -> list[str]:
    """Of the providers that fit, for messages."""
    return [name for name, provider in PROVIDERS.items() if fits(provider)]


# what messages recommend
FOR_OLDER_DEPLOYMENTS: ProviderName = "azure-preview"
CURRENT = names(lambda provider: provider.dialect == "ga")
KNOWN_VOICES = tuple(dict.fromkeys(voice for provider in PROVIDERS.values() for voice in provider.voices))
KEY_VARIABLES = tuple(dict.fromkeys(provider.key_variable for provider in PROVIDERS.values()))
