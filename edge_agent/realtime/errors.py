"""What can go wrong with the link, classified by what happens next. One function decides: `what_next`."""

from __future__ import annotations

import json
import re
import socket
import ssl
from email.utils import parsedate_to_datetime
from enum import Enum
from time import gmtime, strftime, time

from websockets.exceptions import (
    ConnectionClosed,
    InvalidHandshake,
    InvalidMessage,
    InvalidProxy,
    InvalidStatus,
    InvalidURI,
    ProxyError,
)

from ..config.addresses import without_userinfo
from ..config.providers import CURRENT, OPENAI_ROLE, names
from ..vocabulary.text import harmless


class Next(Enum):
    RETRY = "try again soon"
    CLOCK = "tell the user, and wait until the clock is set"
    WAIT = "tell the user, and try again later"
    FIX = "the configuration must be changed first"


class LinkFailure(Exception):
    """Why there is no link: `code` for machines, `message` a sentence that says what to do.

    `audience`: the one that the service wanted of the token, if it said.
    """

    def __init__(
        self,
        next: Next,  # noqa: A002 - the question that this class answers
        code: str,
        message: str,
        *,
        retry_after_s: float | None = None,
        audience: str | None = None,
    ) -> None:
        message = harmless(message)  # the service may have its say in it
        super().__init__(message)
        self.next, self.code, self.message = next, code, message
        self.retry_after_s, self.audience = retry_after_s, audience

    @property
    def unreached(self) -> bool:
        """Whether no server was reached, so that another attempt burdens nobody."""
        return self.code in UNREACHED


UNREACHED = frozenset({"dns", "unreachable", "timeout", "silent", "sign-in-unreachable"})
LONGEST_WAIT_S = 300.0  # whatever Retry-After says

_CURRENT = " or ".join(f'"{name}"' for name in CURRENT)
_IN_AZURE = " or ".join(names(lambda provider: provider.in_azure))

# Codes of `error` events that end a session, most of them followed by a close frame.
FATAL_CODES: dict[str, tuple[Next, str]] = {
    "invalid_api_key": (
        Next.WAIT,
        "the service refused the key; check that it is right and belongs to this endpoint",
    ),
    "insufficient_quota": (Next.WAIT, "the account has no quota left; check its plan and billing"),
    "billing_hard_limit_reached": (Next.WAIT, "the account has reached its billing limit; raise the limit"),
    "account_deactivated": (Next.WAIT, "the account is deactivated; contact the provider"),
    "model_not_found": (Next.WAIT, "the service does not know this model; check service.deployment"),
    "missing_model": (Next.FIX, "the service needs a model; set service.deployment"),
    "invalid_model": (Next.FIX, "this model does not support the Realtime API; check service.deployment"),
    "beta_api_shape_disabled": (
        Next.FIX,
        f"the preview API is no longer available here; set provider = {_CURRENT}",
    ),
    "session_expired": (Next.RETRY, "the session reached its maximum duration"),
}

# Refusals of single commands that do no harm: races between the two ends, most of them.
BENIGN_CODES = frozenset(
    {
        "response_cancel_not_active",
        "conversation_already_has_active_response",
        "input_audio_buffer_commit_empty",
        "item_truncate_invalid_item_id",
        "item_truncate_too_long",
        "item_truncate_no_audio",
        "item_already_truncated",
        "item_delete_invalid_item_id",
        "unsupported_content_type",
    }
)


def what_next(error: BaseException, roles: str = OPENAI_ROLE) -> LinkFailure:
    """Classifies any failure to open or keep a connection. `roles`: that an identity needs here."""
    match error:
        case LinkFailure():
            return error
        case InvalidStatus():
            body = (error.response.body or b"").decode("utf-8", "replace")
            waits = error.response.headers.get_all("Retry-After")
            return refused(error.response.status_code, body, waits[0] if waits else None, roles)
        case ConnectionClosed():
            code = error.rcvd.code if error.rcvd else 1006
            if not error.rcvd and error.sent:  # closed by us, for what the other end did
                return closed(error.sent.code, error.sent.reason)
            return closed(code, error.rcvd.reason if error.rcvd else "")
        case ssl.SSLCertVerificationError():
            return _certificate(error)
        case ssl.SSLError():
            reason = getattr(error, "reason", None) or error.strerror or str(error)
            return LinkFailure(Next.RETRY, "tls", f"no secure connection: {reason}")
        case InvalidProxy() | ProxyError():
            said = without_userinfo(str(error))
            return LinkFailure(
                Next.WAIT, "proxy", f"the proxy refused: {said}; check service.proxy and HTTPS_PROXY"
            )
        case InvalidMessage() if isinstance(error.__cause__, EOFError | OSError):
            return LinkFailure(Next.RETRY, "dropped", "the connection was lost while it was being opened")
        case InvalidURI():
            return LinkFailure(
                Next.FIX, "endpoint", "service.endpoint is not a valid address of a Realtime service"
            )
        case InvalidHandshake():
            return LinkFailure(
                Next.WAIT,
                "no-websocket",
                f"the server at this address is not a Realtime service ({error}); check service.endpoint",
            )
        case socket.gaierror():
            return LinkFailure(
                Next.RETRY,
                "dns",
                "the service's host name cannot be found; check the network and service.endpoint",
            )
        case TimeoutError():
            return LinkFailure(Next.RETRY, "timeout", "the service did not answer in time")
        case OSError():
            reason = error.strerror or str(error) or type(error).__name__
            return LinkFailure(Next.RETRY, "unreachable", f"the service cannot be reached: {reason}")
    return LinkFailure(Next.RETRY, "unexpected", f"{type(error).__name__}: {error}")


def refused(
    status: int, body: str = "", retry_after: str | None = None, roles: str = OPENAI_ROLE
) -> LinkFailure:
    """The service refused the upgrade with an HTTP status."""
    words, code = _error_of(body)
    said = f"HTTP {status}" + (f": {words}" if words else "")
    if status == 401:
        audience = re.search(r"audience is incorrect \((https?://[^)\s]+)\)", words)
        hint = "check the key or the credential" + (
            f"; it may lack {roles}" if "data action" in words else ""
        )
        return LinkFailure(
            Next.WAIT,
            "unauthorized",
            f"access denied ({said}); {hint}",
            audience=audience[1] if audience else None,
        )
    if 300 <= status < 400:
        return LinkFailure(
            Next.WAIT,
            "no-websocket",
            f"the service redirects elsewhere ({said}); redirects are not followed: check service.endpoint",
        )
    if status == 403:
        return LinkFailure(Next.WAIT, "forbidden", f"not allowed ({said}); ask an administrator to allow it")
    if status == 404:
        hint = (
            "check service.deployment (a new one takes five minutes to appear)"
            if code == "DeploymentNotFound"
            else f"check service.endpoint, service.deployment and service.provider ({_IN_AZURE})"
        )
        return LinkFailure(Next.WAIT, "not-found", f"the deployment does not exist ({said}); {hint}")
    if status == 400:
        return LinkFailure(
            Next.WAIT,
            "bad-request",
            f"the service rejected the request ({said}); check that the deployment is a realtime model",
        )
    if status == 429:
        return LinkFailure(
            Next.RETRY, "busy", f"too many requests ({said})", retry_after_s=_seconds(retry_after)
        )
    if status >= 500:
        return LinkFailure(
            Next.RETRY,
            "service-error",
            f"the service has a problem ({said})",
            retry_after_s=_seconds(retry_after),
        )
    return LinkFailure(
        Next.WAIT,
        "no-websocket",
        f"the server at this address is not a Realtime service ({said}); check service.endpoint",
    )


def session_refused(code: str, message: str, kind: str, param: str | None) -> LinkFailure:
    """An `error` event (its `kind`: error.type) before the session is established."""
    if failure := fatal(code, message):
        return failure
    if "rate_limit" in code or "rate_limit" in kind:
        return LinkFailure(Next.RETRY, "busy", f"too many requests ({message or code})")
    if "server_error" in (code, kind):
        return LinkFailure(Next.RETRY, "service-error", f"the service has a problem ({message or code})")
    advice = "check [service], [assistant] and [turns]"
    if code in ("unknown_parameter", "missing_required_parameter"):
        advice = f"check that service.provider fits this endpoint ({_IN_AZURE})"
    where = f" at {param!r}" if param else ""
    return LinkFailure(
        Next.FIX, "session-refused", f"the service refused the session{where}: {message}; {advice}"
    )


def closed(code: int, reason: str) -> LinkFailure:
    """The connection was closed with a close frame, or (1006) without one."""
    if code >= 3000:
        return fatal(reason.rpartition(".")[2], reason) or LinkFailure(
            Next.WAIT, "closed", f"the service closed the session: {code} {reason}"
        )
    if code == 1009:
        return LinkFailure(
            Next.RETRY, "frame-too-big", "the service sent a frame larger than 4 MiB; reconnecting"
        )
    if code == 1001 and "maximum duration" in reason:
        return LinkFailure(Next.RETRY, "session_expired", reason)
    if code == 1008:
        return LinkFailure(
            Next.WAIT, "policy", f"the service closed the session: {reason or 'policy violation'}"
        )
    what = {
        1000: "the service closed the connection",
        1006: "the connection was lost",
        1001: "the service is going away",
    }
    return LinkFailure(
        Next.RETRY, "dropped", what.get(code, f"closed with {code}") + (f" ({reason})" if reason else "")
    )


def fatal(code: str, message: str) -> LinkFailure | None:
    """The failure for an `error` event that ends the session; None if the session can go on."""
    if code not in FATAL_CODES:
        return None
    step, advice = FATAL_CODES[code]
    return LinkFailure(step, code, f"{advice} ({message})" if message else advice)


def _certificate(error: ssl.SSLCertVerificationError) -> LinkFailure:
    today = f"this device's clock says {strftime('%Y-%m-%d %H:%M UTC', gmtime())}"
    if "not yet valid" in error.verify_message:
        return LinkFailure(
            Next.CLOCK, "clock", f"the service's certificate is not yet valid, but {today}; set the clock"
        )
    if "has expired" in error.verify_message:
        return LinkFailure(
            Next.WAIT, "certificate", f"the service's certificate has expired, or the clock is wrong: {today}"
        )
    return LinkFailure(
        Next.WAIT,
        "certificate",
        f"the service's certificate is not trusted ({error.verify_message}); check service.endpoint and the"
        " trusted certificates (SSL_CERT_FILE)",
    )


def _error_of(body: str) -> tuple[str, str]:
    """(message, code) of an HTTP error's JSON body, in either of Azure's shapes; never more than a line."""
    try:
        document = json.loads(body)
        error = document.get("error", document)
        message, code = str(error.get("message") or ""), str(error.get("code") or "")
    except (ValueError, AttributeError, RecursionError):
        message, code = body, ""
    return harmless(" ".join(message.split()), 200), code


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
