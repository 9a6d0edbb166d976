"""One row for each provider of the Realtime API. All their differences are here, except the JSON that they speak:
`realtime.wire.dialects`. Pure.

Sources: the GA and preview references of the Realtime API, Azure's migration guide.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

ProviderName: TypeAlias = Literal["azure", "azure-preview", "openai"]
DialectName: TypeAlias = Literal["ga", "preview"]

VOICES = ("alloy", "ash", "ballad", "coral", "echo", "sage", "shimmer", "verse")
GA_VOICES = ("marin", "cedar")


@dataclass(frozen=True, slots=True)
class Provider:
    """The defaults are those of the current API (GA)."""

    about: str  # a few words for the example file
    path: str
    query: str  # with {deployment} and {api_version}
    key_header: Literal["api-key", "authorization"]
    key_variable: str  # the environment variable that people keep the key in
    endpoint: str = ""  # if it is always the same
    api_version: str = ""  # the default; empty: it does not use one
    scope: str = ""  # of an Entra token; empty: it does not support Microsoft Entra ID
    dialect: DialectName = "ga"
    voices: tuple[str, ...] = (*VOICES, *GA_VOICES)
    ends_turns: tuple[Literal["server", "semantic"], ...] = ("server", "semantic")  # its own detections
    has_temperature: bool = False
    session_s: float = 3600.0  # maximum duration

    @property
    def in_azure(self) -> bool:
        """Whether it is a resource of the user in Azure: with its own endpoint, and set by the AZURE_* variables."""
        return not self.endpoint


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
        session_s=1800.0,
    ),
    "openai": Provider(
        "api.openai.com",
        path="/v1/realtime",
        query="model={deployment}",
        key_header="authorization",
        key_variable="OPENAI_API_KEY",
        endpoint="https://api.openai.com",
    ),
}


def names(fits: Callable[[Provider], bool]) -> list[str]:
    """Of the providers that fit, for messages."""
    return [name for name, provider in PROVIDERS.items() if fits(provider)]


# what messages recommend
FOR_OLDER_DEPLOYMENTS: ProviderName = "azure-preview"
CURRENT = names(lambda provider: provider.dialect == "ga")
KNOWN_VOICES = tuple(dict.fromkeys(voice for provider in PROVIDERS.values() for voice in provider.voices))
KEY_VARIABLES = tuple(dict.fromkeys(provider.key_variable for provider in PROVIDERS.values()))
