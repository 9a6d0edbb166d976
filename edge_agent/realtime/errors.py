"""What can go wrong with the link, classified by what happens next. One function decides: `what_next`."""

from __future__ import annotations

import re
import socket
import ssl
from time import gmtime, strftime

from websockets.exceptions import (
    ConnectionClosed,
    InvalidHandshake,
    InvalidMessage,
    InvalidProxy,
    InvalidProxyStatus,
    InvalidStatus,
    InvalidURI,
    ProxyError,
)

from ..config.addresses import without_userinfo
from ..config.providers import DEFAULT_PROVIDER, Provider
from .closes import closed
from .failure import LinkFailure, Next
from .refusals import refused, words_of
from .session_errors import BENIGN_CODES, FATAL_CODES, fatal, session_refused

__all__ = [
    "BENIGN_CODES",
    "FATAL_CODES",
    "LinkFailure",
    "Next",
    "closed",
    "fatal",
    "refused",
    "session_refused",
    "what_next",
]

# what OpenSSL says with X509_V_FLAG_X509_STRICT alone
STRICT = re.compile(
    r"not marked critical|key identifier|key usage extension|path length invalid|basic constraints|issuer name empty"
    r"|subject name empty|certificate version",
    re.IGNORECASE,
)
PASSING_AT_PROXY = frozenset({408, 429, 500, 502, 503, 504})


def what_next(error: BaseException, provider: Provider = DEFAULT_PROVIDER, host: str = "") -> LinkFailure:
    """Classifies any failure to open or keep a connection. `provider`, `host`: as for `refused`."""
    match error:
        case LinkFailure():
            return error
        case InvalidStatus():
            headers = error.response.headers
            waits = headers.get_all("Retry-After")
            body = words_of(bytes(error.response.body or b""), headers.get_all("Content-Encoding"))
            wait = waits[0] if waits else None
            return refused(error.response.status_code, body, wait, provider, host)
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
        case InvalidProxyStatus() if error.response.status_code in PASSING_AT_PROXY:
            return LinkFailure(
                Next.RETRY,
                "proxy-unreachable",
                f"the proxy cannot reach the service (HTTP {error.response.status_code} from the proxy); check"
                " the proxy's own way out",
            )
        case InvalidProxy() | ProxyError():
            said = without_userinfo(str(error))
            return LinkFailure(
                Next.WAIT, "proxy", f"the proxy refused: {said}; check service.proxy and HTTPS_PROXY"
            )
        case InvalidMessage() if status := _status_line(error.__cause__):
            return refused(status)
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


def _status_line(cause: BaseException | None) -> int | None:
    """The status of an answer in another version of HTTP, which the library names only in its words."""
    found = re.search(r"HTTP/[0-9.]+ ([1-5][0-9]{2})\b", str(cause or ""))
    return int(found[1]) if found else None


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
    if STRICT.search(error.verify_message):
        return LinkFailure(
            Next.WAIT,
            "certificate",
            f"a certificate on the way does not keep to RFC 5280 ({error.verify_message}), which Python 3.13 and"
            " later check; have the CA that SSL_CERT_FILE names issued again, with Basic Constraints and Key Usage"
            " marked critical and a key identifier",
        )
    return LinkFailure(
        Next.WAIT,
        "certificate",
        f"the service's certificate is not trusted ({error.verify_message}); check service.endpoint and the"
        " trusted certificates (SSL_CERT_FILE)",
    )
