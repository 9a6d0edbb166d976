"""The settings of the service: a section of `model`. Pure."""

from __future__ import annotations

from typing import Literal

from ..vocabulary.frozen import frozen
from .providers import KEY_VARIABLES, PROVIDERS, ProviderName
from .setting import setting
from .turn_settings import AZURE_SPEECH, those

AGENTS = those(lambda provider: provider.is_agent)


@frozen
class ServiceSettings:
    """Where the Realtime API is, and how the device signs in."""

    provider: ProviderName = setting(
        "azure", " ".join(f"{name}: {provider.about}." for name, provider in PROVIDERS.items())
    )
    endpoint: str = setting(
        "",
        "Address of the Azure resource: https://NAME.openai.azure.com. Of a gateway before it, with its path:"
        " https://HOST/PATH.",
        env="AZURE_OPENAI_ENDPOINT",
    )
    deployment: str = setting(
        "",
        f"Name of the deployment (Azure) or model (OpenAI, {AZURE_SPEECH}). Empty: "
        + ", ".join(f"{row.deployment} ({name})" for name, row in PROVIDERS.items() if row.deployment)
        + ".",
        env="AZURE_OPENAI_DEPLOYMENT_NAME",
    )
    model: str = setting(
        "",
        "Model of the deployment, as in gpt-realtime-2.1: for its prices, its end date and what it takes. Empty: as"
        " the service or the name of the deployment tells.",
    )
    agent: str = setting("", f"Only for {AGENTS}: name of the voice agent.")
    project: str = setting("", f"Only for {AGENTS}: name of its project in Microsoft Foundry.")
    agent_version: str = setting(
        "",
        f"Only for {AGENTS}: the version to talk to, to try one on this device. Empty: the one that the service has"
        " made current, for all devices.",
    )
    agent_inputs: str = setting(
        "",
        f"Only for {AGENTS}: values for the templates of its instructions and its greeting, as in kiosk: 7; place: the"
        " west entrance; language: en.",
    )
    api_version: str = setting(
        "",
        " ".join(
            f"Only for {name}; {provider.api_version} if empty."
            for name, provider in PROVIDERS.items()
            if provider.api_version
        ),
        env="OPENAI_API_VERSION",
    )
    credential: Literal[
        "api-key",
        "default",
        "managed-identity",
        "client-certificate",
        "client-secret",
        "workload-identity",
        "device-code",
        "command",
    ] = setting(
        "api-key",
        f"api-key: from the environment ({', '.join(KEY_VARIABLES)}) or api_key_file. command: a token"
        " printed by a program (credential_command). device-code: somebody signs in on the set-up page, with a"
        " code on another screen, which ends some day. The others are keyless (Microsoft Entra ID) and read the"
        " AZURE_* variables, see docs/credentials.md; default: the first of them that works.",
        key_at_risk=True,
        meant={"entra": "default", "aad": "default", "key": "api-key", "msi": "managed-identity"},
    )
    api_key_file: str = setting(
        "",
        "File that contains only the key, or two keys, one per line: if one is refused, the other is used. Read"
        " again when it changes. Under systemd the credential named api-key is found automatically.",
        key_at_risk=True,
    )
    credential_command: str = setting(
        "",
        "command: the program and its arguments. It must print a token, or JSON with a token and its expiry.",
        key_at_risk=True,
    )
    sign_in_file: str = setting(
        "",
        "device-code: the file that keeps the sign-in. Empty: sign-in.json, where the service keeps its state.",
    )
    tenant_id: str = setting(
        "", "Entra ID: the tenant (directory) of the application.", env="AZURE_TENANT_ID"
    )
    client_id: str = setting(
        "", "Entra ID: the application, or the user-assigned managed identity.", env="AZURE_CLIENT_ID"
    )
    scope: str = setting("", "Scope of the Entra token. Empty: the default for the provider.")
    headers: str = setting(
        "",
        "Further headers, for a gateway: NAME: VALUE; NAME: VALUE. Secrets do not belong here: file:PATH is replaced"
        " by what the file contains, credential:NAME by that systemd credential.",
        key_at_risk=True,
    )
    proxy: str = setting(
        "env",
        "env: use HTTPS_PROXY. none: connect directly. Or http://HOST:PORT. Never used for the local machine.",
    )
    connect_timeout_s: float = setting(
        10.0, "Maximum time to open and configure a connection.", unit="s", low=1, high=120
    )

    @property
    def deployed(self) -> str:
        """The deployment, model or agent that is asked for."""
        provider = PROVIDERS[self.provider]
        return self.agent if provider.is_agent else self.deployment or provider.deployment
