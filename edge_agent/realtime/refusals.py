"""The upgrade was refused with an HTTP status: what that means, and what happens next."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Collection
from contextlib import suppress
from email.utils import parsedate_to_datetime
from time import time

from ..config.addresses import is_regional
from ..config.providers import DEFAULT_PROVIDER, Provider, names
from ..vocabulary.account import account_code, account_trouble
from ..vocabulary.text import harmless
from .advice import REGIONAL_HOST, advice_for
from .failure import LinkFailure, Next
from .wire.waits import wait_of

_IN_AZURE = " or ".join(names(lambda provider: provider.in_azure))
LONGEST_PAGE = 4096  # characters of one that is not JSON
LONGEST_BODY = 64 * 1024  # bytes of it that are read
OF_A_WRONG_ADDRESS = frozenset({400, 401, 403, 404})
OF_AGENTS = {  # by status: the finding, what is wrong, and what to do
    400: (
        "bad-request",
        "the service rejected the request",
        "check service.agent_version, and service.agent_inputs, which must have all that the agent requires",
    ),
    404: (
        "not-found",
        "there is no such voice agent, or not in this version",
        "check service.agent, service.project, service.agent_version and service.endpoint",
    ),
    409: (
        "agent-disabled",
        "the voice agent is disabled",
        "enable it in the Foundry portal, or set service.agent to another",
    ),
}
TAGS = re.compile(r"<(style|script)\b.*?</\1>|<[^>]*>", re.DOTALL | re.IGNORECASE)
PASSING = frozenset({408, 409, 421, 424, 425})  # of a request that may well be good: it is sent again


def refused(
    status: int,
    body: str = "",
    retry_after: str | None = None,
    provider: Provider = DEFAULT_PROVIDER,
    host: str = "",
) -> LinkFailure:
    """The service refused the upgrade with an HTTP status. `host`: of service.endpoint."""
    words, code, kind = _error_of(body)
    said = f"HTTP {status}" + (f": {words}" if words else "")
    wait_s = _seconds(retry_after)
    if wait_s is None:
        wait_s = wait_of(words) or None
    trouble = "payment_required" if status == 402 else account_code(code, kind, words)
    if trouble:
        return LinkFailure(Next.WAIT, trouble, account_trouble(trouble, said), retry_after_s=wait_s)
    if provider.is_agent and status in OF_AGENTS:
        finding, what, todo = OF_AGENTS[status]
        return LinkFailure(Next.WAIT, finding, f"{what} ({said}); {todo}")
    advice = advice_for(status, code, words).replace("{roles}", provider.roles)
    if status in OF_A_WRONG_ADDRESS and is_regional(host):
        advice = REGIONAL_HOST
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
    if status == 407:
        return LinkFailure(
            Next.WAIT, "proxy", f"a proxy on the way refused ({said}); check service.proxy and HTTPS_PROXY"
        )
    if status == 410:
        return LinkFailure(Next.WAIT, "not-found", f"the deployment does not exist ({said}); {advice}")
    if status == 429:
        return LinkFailure(Next.RETRY, "busy", f"too many requests ({said})", retry_after_s=wait_s)
    if status >= 500 or status in PASSING:
        return LinkFailure(
            Next.RETRY, "service-error", f"the service has a problem ({said})", retry_after_s=wait_s
        )
    advice = advice or "check service.endpoint"
    return LinkFailure(
        Next.WAIT, "no-websocket", f"the server at this address is not a Realtime service ({said}); {advice}"
    )


def words_of(body: bytes, encodings: Collection[str] = ()) -> str:
    """The text of a body, as far as it is needed; the WebSocket library leaves compressed ones as they are."""
    if any(encoding.strip().lower() in ("gzip", "deflate") for encoding in encodings):
        with suppress(zlib.error):
            body = zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(body, LONGEST_BODY)
    return body[:LONGEST_BODY].decode("utf-8", "replace")


def _audiences(words: str) -> tuple[str, ...]:
    """Those that the service takes, as in "audience is incorrect (https://A or https://B)"."""
    found = re.search(r"audience is incorrect \(([^)]*)\)", words)
    return tuple(dict.fromkeys(re.findall(r"https?://[^\s,;)]+", found[1]))) if found else ()


def _error_of(body: str) -> tuple[str, str, str]:
    """(message, code, type) of an HTTP error's JSON body, in any of the usual shapes, or the words of a page; never
    more than a line."""
    code = kind = ""
    try:
        document = json.loads(body)
        error = document.get("error", document)
        if isinstance(error, str):
            message = error
        else:
            message = str(error.get("message") or error.get("detail") or "")
            code, kind = str(error.get("code") or ""), str(error.get("type") or "")
    except (ValueError, AttributeError, RecursionError):
        message = TAGS.sub(" ", body[:LONGEST_PAGE]) if "<" in body else body
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
    return max(0.0, wait_s)
