"""Who may see and do what over the pages. Pure.

Two attacks come through a browser that is allowed in: a page of somebody else may send requests in its name, and a
name of somebody else may be made to lead here (DNS rebinding). The first shows in Origin, the second in Host.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from enum import StrEnum
from hmac import compare_digest
from http import HTTPStatus
from urllib.parse import urlsplit

from ..config.addresses import is_loopback, is_name
from ..vocabulary.frozen import frozen

COOKIE, GUEST_COOKIE = "edge_agent", "edge_agent_guest"
FORWARDED = ("forwarded", "via", "x-forwarded-", "x-real-ip")


class WebRole(StrEnum):
    OPERATOR = "operator"
    READER = "reader"  # sees all of it, and changes nothing
    GUEST = "guest"  # sees the captions of one visit


@frozen
class Tokens:
    """What each role shows when it comes over the network. `guest`: in this visit; empty: nobody is invited."""

    operator: str
    reader: str
    guest: str = ""

    def role_of(self, shown: str) -> WebRole | None:
        """In a time that does not tell how much of it was right."""
        if not shown.isascii():
            return None
        given = shown.encode()
        is_operator = compare_digest(given, self.operator.encode())
        is_reader = compare_digest(given, self.reader.encode())
        is_guest = compare_digest(given, self.guest.encode()) and bool(self.guest)
        found = zip((is_operator, is_reader, is_guest), WebRole, strict=True)
        return next((role for shows, role in found if shows), None)


NO_TOKENS = Tokens("", "")


@frozen
class NotAdmitted:
    """`why` is a sentence for the person at the browser."""

    status: HTTPStatus
    why: str


UNKNOWN_HOST = NotAdmitted(
    HTTPStatus.MISDIRECTED_REQUEST,
    "this device is not known by that name; add it to [web] names, or use the device's address",
)
FOREIGN = NotAdmitted(HTTPStatus.FORBIDDEN, "another site may not use this device")
ONLY_CAPTIONS = NotAdmitted(HTTPStatus.FORBIDDEN, "this link is only for the captions")
UNKNOWN = NotAdmitted(HTTPStatus.UNAUTHORIZED, "open the link that 'sudo edge-agent web link' prints")

Fields = Mapping[str, str]  # of a request, by name in lower case


class Access:
    """`is_local`: it is only for browsers on this machine. `names`: by which browsers may reach it, besides its
    addresses. `tokens`: those that count now."""

    def __init__(self, *, is_local: bool, names: Collection[str], tokens: Callable[[], Tokens]) -> None:
        self._is_local, self._names, self._tokens = is_local, names, tokens

    def admit(self, fields: Fields, *, socket: bool = False) -> WebRole | NotAdmitted:
        """`socket`: it asks for a WebSocket, which a browser opens to any site that a page names."""
        host = host_of(fields)
        is_here = is_loopback(host)
        if not host or (is_name(host) and not is_here and host not in self._names):
            return UNKNOWN_HOST
        if (socket and not _is_own(fields)) or _is_embedded(fields):
            return FOREIGN
        # a proxy on this machine comes from here too
        if self._is_local and is_here and not _is_forwarded(fields):
            return WebRole.OPERATOR
        return next(filter(None, map(self.role_of, _shown(fields))), UNKNOWN)

    def role_of(self, token: str) -> WebRole | None:
        return self._tokens().role_of(token) if token else None


def host_of(fields: Fields) -> str:
    """By which it is reached, without the port; empty: it is not a host."""
    header = fields.get("host", "")
    try:
        parts = urlsplit(f"//{header}")
        host = parts.hostname or ""
    except ValueError:
        return ""
    return host if parts.netloc == header and "@" not in header else ""


def _is_forwarded(fields: Fields) -> bool:
    """Whether a proxy says that it asks for somebody else."""
    return any(name.startswith(FORWARDED) for name in fields)


def _is_own(fields: Fields) -> bool:
    """Whether it is our own page that asks. Every browser says so of a WebSocket; behind a proxy the scheme may be
    another."""
    scheme, _, origin = fields.get("origin", "").partition("://")
    return scheme in ("http", "https") and origin.lower() == fields["host"].lower()


def _is_embedded(fields: Fields) -> bool:
    """Whether a page of another site wants to show it, or some of it. A link there may lead here."""
    is_foreign = fields.get("sec-fetch-site") in ("cross-site", "same-site")
    return is_foreign and fields.get("sec-fetch-mode") != "navigate"


def _shown(fields: Fields) -> Iterator[str]:
    """Tokens: of the cookies, or as programs show one."""
    cookies = dict(part.strip().split("=", 1) for part in fields.get("cookie", "").split(";") if "=" in part)
    yield from (cookies[name] for name in (COOKIE, GUEST_COOKIE) if name in cookies)
    scheme, _, token = fields.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        yield token.strip()


# what the page may ask, of the control socket's requests and its own: not what opens the microphone, or tells words
READABLE = frozenset({"status", "turns", "journal", "config-read"})
OPERABLE = READABLE | {
    *("mute", "unmute", "volume", "say", "interrupt", "stop-ringing", "forget", "reload"),
    *("doctor", "report file", "config-check", "config-write", "config-undo"),
}


# of what is served, all that a guest gets
FOR_GUESTS = frozenset(
    {
        *("/captions", "/socket/captions", "/style.css"),
        *("/captions.js", "/feed.js", "/light.js", "/said.js", "/words.js"),
    }
)


def may_see(role: WebRole, path: str) -> bool:
    return role is not WebRole.GUEST or path in FOR_GUESTS


def may(role: WebRole, do: object) -> bool:
    allowed = {WebRole.OPERATOR: OPERABLE, WebRole.READER: READABLE, WebRole.GUEST: frozenset()}
    return isinstance(do, str) and do in allowed[role]
