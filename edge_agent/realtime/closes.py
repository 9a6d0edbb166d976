"""Why a connection was closed, by the code and the reason of its close frame.

RFC 6455, 7.4, and the registry of close codes at IANA, where 3000 is Unauthorized, 3003 Forbidden and 3008 Timeout. Of
the codes from 4000 on, which are nobody's, services and gateways take most from the statuses of HTTP: 4001 or 4401 for
401. What the reason says counts first.
"""

from __future__ import annotations

import re

from .failure import LinkFailure, Next
from .session_errors import SERVER_TROUBLE, fatal
from .wire.waits import wait_of

TOO_BIG, POLICY, PRIVATE = 1009, 1008, 3000
EXPIRED = re.compile(r"maximum duration|session[ _](has )?expired", re.IGNORECASE)
OVER = re.compile(r"token.*expired|idle|inactiv|timed?[ -]?out", re.IGNORECASE)  # a new session is what helps
BUSY = re.compile(r"rate.?limit|too many requests", re.IGNORECASE)
REFUSED = re.compile(
    r"unauthori[sz]ed|unauthenticated|authentication|access denied|forbidden|not allowed|invalid (api )?(key|token)",
    re.IGNORECASE,
)
DENIED = frozenset({3000, 3003, 4401, 4403})
PASSING = frozenset({3008, 4008, 4408, 4500, 4502, 4503, 4504})
BUSY_CODES = frozenset({4029, 4429})
MEANINGS = {
    1000: "the service closed the connection",
    1001: "the service is going away",
    1005: "the service closed the connection without a reason",
    1006: "the connection was lost",
    1012: "the service restarts",
    1013: "the service is overloaded",
}


def closed(code: int, reason: str) -> LinkFailure:
    """The connection was closed with a close frame, or (1006) without one."""
    wait_s = wait_of(reason) or None
    said = f"{code} {reason}".rstrip()
    closed_it = f"the service closed the session: {said}"
    if code == TOO_BIG:
        what = "the service sent a frame larger than 4 MiB; reconnecting"
        return LinkFailure(Next.RETRY, "frame-too-big", what)
    kind, _, last = reason.rpartition(".")
    if failure := fatal(last.lower(), reason, kind.lower()):
        return failure
    if EXPIRED.search(reason):
        return LinkFailure(Next.RETRY, "session_expired", reason)
    if OVER.search(reason):
        return LinkFailure(Next.RETRY, "dropped", closed_it, retry_after_s=wait_s)
    if code in BUSY_CODES or BUSY.search(reason):
        what = f"too many requests ({reason or f'closed with {code}'})"
        return LinkFailure(Next.RETRY, "busy", what, retry_after_s=wait_s)
    if any(word in reason.lower() for word in SERVER_TROUBLE):
        return LinkFailure(Next.RETRY, "service-error", closed_it, retry_after_s=wait_s)
    if code in PASSING:
        return LinkFailure(Next.RETRY, "dropped", closed_it, retry_after_s=wait_s)
    if code in DENIED or (code >= POLICY and REFUSED.search(reason)):
        what = f"access denied (closed with {said}); check the key or the credential"
        return LinkFailure(Next.WAIT, "unauthorized", what)
    if code == POLICY:
        return LinkFailure(
            Next.WAIT, "policy", f"the service closed the session: {reason or 'policy violation'}"
        )
    if code >= PRIVATE:
        return LinkFailure(Next.RETRY, "closed", closed_it, retry_after_s=wait_s)
    what = MEANINGS.get(code, f"closed with {code}") + (f" ({reason})" if reason else "")
    return LinkFailure(Next.RETRY, "dropped", what, retry_after_s=wait_s)
