"""What is where: answers a request over HTTP, or hands its connection over to a WebSocket."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from websockets.http11 import Request
from websockets.server import ServerProtocol

from ..host.control.requests import LONGEST_REQUEST
from ..host.http.pages import BadRequest, Page, request_in
from . import responses
from .access import COOKIE, GUEST_COOKIE, ONLY_CAPTIONS, Access, NotAdmitted, WebRole, host_of, may_see
from .web_socket import WebSocket

if TYPE_CHECKING:
    import asyncio

    from ..host.http.http_server import Handover

MOST_SOCKETS = 16
LONGEST_MESSAGE = LONGEST_REQUEST  # bytes, of a page
YEAR_S = 365 * 86400
WELCOME = (
    '<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0;url={0}"><title>edge-agent</title>'
    '<p><a href="{0}">edge-agent</a></p>'
)

Attend = Callable[[WebSocket, WebRole], Awaitable[None]]


class BrowserSite:
    """`pages` and `sockets` by path. `made` looks for what was made for a page; all three are only for those whom
    `access` admits. `secure`: whether it is reached by a host over TLS alone."""

    def __init__(
        self,
        access: Access,
        *,
        pages: Mapping[str, Page],
        sockets: Mapping[str, Attend],
        made: Callable[[str], bytes | None],
        secure: Callable[[str], bool],
    ) -> None:
        self._access, self._pages, self._sockets, self._made = access, pages, sockets, made
        self._secure = secure
        self._open = 0

    def answer(self, head: bytes) -> bytes | Handover:
        """To all before the body of a request, whatever its bytes."""
        protocol = ServerProtocol(max_size=LONGEST_MESSAGE)
        try:
            return self._answer(protocol, request_in(head, protocol))
        except BadRequest as bad:
            return responses.refused(bad.status, str(bad))

    def _answer(self, protocol: ServerProtocol, request: Request) -> bytes | Handover:
        path, _, query = request.path.partition("?")
        fields = {name.lower(): value for name, value in request.headers.raw_items()}
        attend = self._sockets.get(path)
        admitted = self._access.admit(fields, socket=attend is not None)
        if path == "/enter" and not (
            isinstance(admitted, NotAdmitted) and admitted.status is not HTTPStatus.UNAUTHORIZED
        ):
            return self._enter(query, host_of(fields))
        if not isinstance(admitted, NotAdmitted) and not may_see(admitted, path):
            admitted = ONLY_CAPTIONS
        if isinstance(admitted, NotAdmitted):
            return responses.refused(admitted.status, admitted.why)
        if attend:
            return self._upgrade(protocol, request, attend, admitted)
        if page := self._pages.get(path):
            return responses.page(page.content_type, page.body())
        return self._made(path) or responses.refused(HTTPStatus.NOT_FOUND, "there is nothing here")

    def _enter(self, query: str, host: str) -> bytes:
        """Keeps the token of a link in the browser, where no page can read it."""
        token = parse_qs(query).get("token", [""])[0]
        if (role := self._access.role_of(token)) is None:
            return responses.refused(HTTPStatus.FORBIDDEN, "this link is not valid any more")
        secure = "; Secure" if self._secure(host) else ""
        # a guest's goes with the browser, and does not take the place of another
        is_guest = role is WebRole.GUEST
        name, age = (GUEST_COOKIE, "") if is_guest else (COOKIE, f"; Max-Age={YEAR_S}")
        kept = f"{name}={token}; Path=/{age}; HttpOnly; SameSite=Strict{secure}"
        leads_to = "/captions" if is_guest else "/"
        # a page of our own leads on: after a redirect, a Strict cookie would not come with those who follow a link
        return responses.page("text/html; charset=utf-8", WELCOME.format(leads_to).encode(), Set_Cookie=kept)

    def _upgrade(
        self, protocol: ServerProtocol, request: Request, attend: Attend, role: WebRole
    ) -> bytes | Handover:
        if self._open >= MOST_SOCKETS:
            return responses.refused(HTTPStatus.SERVICE_UNAVAILABLE, "too many pages are open; close one")
        protocol.send_response(protocol.accept(request))
        first = b"".join(protocol.data_to_send())
        if protocol.handshake_exc:
            return first

        async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self._open += 1
            try:
                socket = WebSocket(protocol, reader, writer)
                await socket.begin(first)
                await attend(socket, role)
            finally:
                self._open -= 1

        return converse
