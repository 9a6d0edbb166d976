"""What to do about a refused upgrade, by its status and what the service says of it.

The words are those of Azure's and OpenAI's services, and of what stands before them; docs/refusals.md has them with
their sources.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

NO_KEYS = 'keys are disabled on this resource: set credential = "default", or another keyless one'
KEYLESS_HOST = (
    "signing in without a key needs the resource's own address: set service.endpoint to"
    " https://NAME.openai.azure.com"
)
REGIONAL_HOST = (
    "this is the address of a region: set service.endpoint to the resource's own, https://NAME.openai.azure.com (a"
    " resource without a custom subdomain needs one)"
)
OTHER_TENANT = (
    "the credential is of another tenant than the resource: set service.tenant_id (AZURE_TENANT_ID) to the"
    " tenant of the resource"
)
ROLE = "it lacks {roles} on the resource: assign what is missing"
FIREWALL = (
    "the network rules of the resource keep this device out: allow its address, or use a private endpoint"
)
OTHER_API = (
    "this model needs another API (GPT-Live: /v1/live; chat models: /chat/completions): set service.deployment"
    " to a realtime model"
)
OTHER_VERSION = "check service.provider and service.api_version"
NO_ACCESS = "check service.deployment, and that the account or project may use this model"
RETIRED = "this model is no longer served: deploy a newer one, and set service.deployment"
KEY_PERMISSIONS = "the key is restricted: give it the permission that is missing, or use another"
NO_UPGRADE = "a proxy or gateway on the way does not pass WebSockets on: have it pass the Upgrade header"
NOT_ENCRYPTED = "this port expects TLS: write service.endpoint with https://"

_KEYS_OFF = (r"AuthenticationTypeDisabled|key.{0,20}(auth\w*|access).{0,20}disabled", NO_KEYS)
_TENANT = (r"tenant", OTHER_TENANT)
_SUBDOMAIN = (r"custom subdomain", KEYLESS_HOST)
_ROLE = (r"data ?action|PermissionDenied|lacks", ROLE)
_FIREWALL = (
    r"virtual network|firewall|ip.not.authorized|public access is disabled|private endpoint",
    FIREWALL,
)
_NO_ACCESS = (r"not have access to (the )?model|model_not_found", NO_ACCESS)
_RETIRED = (r"retired|deprecated|no longer (available|supported|served)", RETIRED)
_VERSION = (r"api.version", OTHER_VERSION)
_OTHER_API = (
    r"gpt-live|does not (support|work with).*realtime|realtime.*does not (support|work with)|Opp?erationNotSupported"
    r"|not supported.*(model|realtime)",
    OTHER_API,
)
# by status: words of the service (a pattern), and what to do
ADVICE: Mapping[int, tuple[tuple[str, str], ...]] = {
    400: (
        _TENANT,
        _SUBDOMAIN,
        (r"plain HTTP request|HTTP request to an HTTPS", NOT_ENCRYPTED),
        _OTHER_API,
        _VERSION,
    ),
    401: (
        _TENANT,
        _SUBDOMAIN,
        _KEYS_OFF,
        _FIREWALL,
        _ROLE,
        _VERSION,
        (
            r"wrong api endpoint|regional endpoint",
            "check that the key belongs to the resource of service.endpoint",
        ),
    ),
    403: (
        _KEYS_OFF,
        _TENANT,
        _ROLE,
        _FIREWALL,
        _NO_ACCESS,
        (r"missing scopes", KEY_PERMISSIONS),
        (r"country|region|territory", "the service is not available where this device connects from"),
    ),
    404: (
        (r"DeploymentNotFound", "check service.deployment (a new one takes five minutes to appear)"),
        (r"gpt-live", OTHER_API),
        _RETIRED,
        _NO_ACCESS,
    ),
    410: ((r"", RETIRED),),
    426: ((r"", NO_UPGRADE),),
}


def advice_for(status: int, code: str, words: str) -> str:
    """Empty: nothing fits."""
    said = f"{code} {words}"
    found = (what for pattern, what in ADVICE.get(status, ()) if re.search(pattern, said, re.IGNORECASE))
    return next(found, "")
