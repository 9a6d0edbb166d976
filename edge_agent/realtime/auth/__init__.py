"""How the device signs in: with an API key, a token from Microsoft Entra ID, or one that a program prints.

Each is fetched again for every connection: a key file may have changed, a token expires. Nothing secret is ever
logged, shown or written.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from ...config.clouds import AUTHORITIES, cloud_of, scope_in
from ...config.model import ServiceSettings
from ...config.providers import PROVIDERS
from .api_key import ApiKey
from .credential import Credential

__all__ = ["Credential", "credential"]


def credential(service: ServiceSettings, environ: Mapping[str, str] = os.environ) -> Credential:
    """As `[service] credential` says."""
    provider = PROVIDERS[service.provider]
    if service.credential == "api-key":
        return ApiKey(service, provider, environ)
    if service.credential == "command":
        from .token_command import CommandToken

        return CommandToken(service.credential_command, timeout_s=service.connect_timeout_s)
    if service.credential == "device-code":
        from .person_token import PersonToken

        return PersonToken(service, environ)
    from .entra import EntraToken
    from .systemd_credentials import completed

    cloud = cloud_of(service.endpoint)
    authority = AUTHORITIES.get(cloud, "")
    return EntraToken(service, scope_in(cloud, provider.scope), completed(environ), authority)
