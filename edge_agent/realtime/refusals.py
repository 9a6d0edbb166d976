"""The upgrade was refused with an HTTP status: what that means, and the advice that fits what was refused.

The words are those of Azure's and OpenAI's services; docs/refusals.md has them with their sources.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from time import time

from ..config.providers import OPENAI_ROLE, names
from ..vocabulary.account import ACCOUNT, account_trouble
from ..vocabulary.text import harmless
from .failure import LinkFailure, Next
from .wire.waits import wait_of

_IN_AZURE = " or ".join(names(lambda provider: provider.in_azure))
LONGEST_WAIT_S = 300.0  # whatever Retry-After says
PASSING = frozenset({408, 409, 421, 424, 425})  # of a request that may well be good: it is sent again
NO_KEYS = 'keys are disabled on this resource: set credential = "default", or another keyless one'
KEYLESS_HOST = (
    "signing in without a key needs the resource's own address: set service.endpoint to"
    " https://NAME.openai.azure.com"
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
ADVICE: Mapping[
    int, tuple[tuple[str, str], ...]
] = {  # by status: words of the service (a pattern), and what to do
    400: (
        (r"tenant", OTHER_TENANT),
        (r"custom subdomain", KEYLESS_HOST),
        (
            r"gpt-live|does not (support|work with).*realtime|OpperationNotSupported|not supported.*model",
            OTHER_API,
        ),
        (r"api.version", "check service.provider and service.api_version"),
    ),
    401: (
        (r"tenant", OTHER_TENANT),
        (r"custom subdomain", KEYLESS_HOST),
        (r"AuthenticationTypeDisabled|key.{0,20}(auth\w*|access).{0,20}disabled", NO_KEYS),
        (r"data ?action|PermissionDenied|lacks", ROLE),
        (
            r"wrong api endpoint|regional endpoint",
            "check that the key belongs to the resource of service.endpoint",
        ),
    ),
    403: (
        (r"AuthenticationTypeDisabled|key.{0,20}(auth\w*|access).{0,20}disabled", NO_KEYS),
        (r"tenant", OTHER_TENANT),
        (r"data ?action|PermissionDenied|lacks", ROLE),
        (
            r"virtual network|firewall|ip.not.authorized|public access is disabled|private endpoint",
            FIREWALL,
        ),
        (r"country|region|territory", "the service is not available where this device connects from"),
    ),
    404: (
        (r"DeploymentNotFound", "check service.deployment (a new one takes five minutes to appear)"),
        (r"gpt-live", OTHER_API),
    ),
}


def refused(
    status: int, body: str = "", retry_after: str | None = None, roles: str = OPENAI_ROLE
) -> LinkFailure:
    """The service refused the upgrade with an HTTP status. `roles`: that an identity needs here."""
    words, code, kind = _error_of(body)
    said = f"HTTP {status}" + (f": {words}" if words else "")
    wait_s = _seconds(retry_after)
    if wait_s is None and (named_s := wait_of(words)):
        wait_s = min(named_s, LONGEST_WAIT_S)
    for known in (code, kind):
        if known in ACCOUNT:
            return LinkFailure(Next.WAIT, known, account_trouble(known, said), retry_after_s=wait_s)
    advice = next((what for pattern, what in ADVICE.get(status, ()) if _says(pattern, code, words)), "")
    advice = advice.replace("{roles}", roles)
    if status == 401:
        audiences = _audiences(words)
        advice = advice or "check the key or the credential"
        return LinkFailure(
            Next.WAIT, "unauthorized", f"access denied ({said}); {advice}", audiences=audiences
        )
    if 300 <= status < 400:
        return LinkFailure(
            Next.WAIT,
            "no-websocket",
            f"the service redirects elsewhere ({said}); redirects are not followed: check service.endpoint",
        )
    if status == 403:
        advice = advice or "ask an administrator to allow it"
        return LinkFailure(Next.WAIT, "forbidden", f"not allowed ({said}); {advice}")
    if status == 404:
        advice = advice or f"check service.endpoint, service.deployment and service.provider ({_IN_AZURE})"
        return LinkFailure(Next.WAIT, "not-found", f"the deployment does not exist ({said}); {advice}")
    if status == 400:
        advice = advice or "check service.deployment, service.provider and service.api_version"
        return LinkFailure(Next.WAIT, "bad-request", f"the service rejected the request ({said}); {advice}")
    if status == 429:
        return LinkFailure(Next.RETRY, "busy", f"too many requests ({said})", retry_after_s=wait_s)
    if status >= 500 or status in PASSING:
        return LinkFailure(
            Next.RETRY, "service-error", f"the service has a problem ({said})", retry_after_s=wait_s
        )
    return LinkFailure(
        Next.WAIT,
        "no-websocket",
        f"the server at this address is not a Realtime service ({said}); check service.endpoint",
    )


def _says(pattern: str, code: str, words: str) -> bool:
    return re.search(pattern, f"{code} {words}", re.IGNORECASE) is not None


def _audiences(words: str) -> tuple[str, ...]:
    """Those that the service takes, as in "audience is incorrect (https://A or https://B)"."""
    found = re.search(r"audience is incorrect \(([^)]*)\)", words)
    return tuple(dict.fromkeys(re.findall(r"https?://[^\s,;)]+", found[1]))) if found else ()


def _error_of(body: str) -> tuple[str, str, str]:
    """(message, code, type) of an HTTP error's JSON body, in either of Azure's shapes; never more than a line."""
    code = kind = ""
    try:
        document = json.loads(body)
        error = document.get("error", document)
        message = str(error.get("message") or "")
        code, kind = str(error.get("code") or ""), str(error.get("type") or "")
    except (ValueError, AttributeError, RecursionError):
        message = body
    return harmless(" ".join(message.split()), 200), code, kind


def _seconds(retry_after: str | None) -> float | None:
    """Retry-After (RFC 9110, 10.2.3): seconds or a date; None: missing or invalid."""
    if not retry_after:
        return None
    try:
        if re.fullmatch(r"\s*[0-9]+\s*", retry_after):
            wait_s = float(retry_after)
        else:
            wait_s = parsedate_to_datetime(retry_after).timestamp() - time()
    except (ValueError, OverflowError):
        return None
    return min(max(0.0, wait_s), LONGEST_WAIT_S)
