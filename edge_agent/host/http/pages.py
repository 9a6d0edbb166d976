"""What is answered over HTTP: a table of paths. The protocol itself is spoken by websockets, without its sockets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus

from websockets.datastructures import Headers
from websockets.http11 import Request, Response
from websockets.server import ServerProtocol

from ...vocabulary.frozen import frozen

METHOD = "GET"


@frozen
class Page:
    """`body` makes it, at each request."""

    content_type: str
    body: Callable[[], bytes]


class BadRequest(Exception):
    """What is wrong with it, in words."""

    def __init__(self, status: HTTPStatus, why: str) -> None:
        super().__init__(why)
        self.status = status


class Pages:
    """By path, as in "/metrics"."""

    def __init__(self, pages: Mapping[str, Page]) -> None:
        self._pages = pages

    def answer(self, head: bytes) -> bytes:
        """All of the answer to a request, whatever its bytes. `head`: what comes before its body. The connection is
        to be closed after it."""
        return self._response(head).serialize()

    def _response(self, head: bytes) -> Response:
        protocol = ServerProtocol()
        try:
            request = request_in(head, protocol)
        except BadRequest as bad:
            response = protocol.reject(bad.status, f"{bad}\n")
            if bad.status is HTTPStatus.METHOD_NOT_ALLOWED:
                response.headers["Allow"] = METHOD
            return response
        if page := self._pages.get(request.path.partition("?")[0]):
            return _ok(page)
        return protocol.reject(HTTPStatus.NOT_FOUND, f"there is only {', '.join(self._pages)} here\n")


def _ok(page: Page) -> Response:
    body = page.body()
    fields = {"Content-Type": page.content_type, "Content-Length": str(len(body)), "Connection": "close"}
    return Response(HTTPStatus.OK.value, HTTPStatus.OK.phrase, Headers(fields), body)


def request_in(head: bytes, protocol: ServerProtocol) -> Request:
    """Whatever its bytes. `head`: what comes before its body. Raises BadRequest."""
    # not every version of websockets takes another method
    if _method(head) not in (METHOD, ""):
        raise BadRequest(HTTPStatus.METHOD_NOT_ALLOWED, f"only {METHOD} is allowed")
    protocol.receive_data(head)
    match protocol.events_received():
        case [Request() as request]:
            return request
    raise BadRequest(HTTPStatus.BAD_REQUEST, "bad request")


def _method(head: bytes) -> str:
    """Of a request of HTTP; empty: it is not one."""
    match head.partition(b"\r\n")[0].decode("latin-1").split(" "):
        case [method, _, version] if version.startswith("HTTP/"):
            return method
    return ""
