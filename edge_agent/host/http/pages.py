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
        # not every version of websockets takes another method
        if method_of(head) not in (METHOD, ""):
            response = protocol.reject(HTTPStatus.METHOD_NOT_ALLOWED, f"only {METHOD} is allowed\n")
            response.headers["Allow"] = METHOD
            return response
        protocol.receive_data(head)
        match protocol.events_received():
            case [Request(path=path)]:
                if page := self._pages.get(path.partition("?")[0]):
                    return _ok(page)
                return protocol.reject(HTTPStatus.NOT_FOUND, f"there is only {', '.join(self._pages)} here\n")
        return protocol.reject(HTTPStatus.BAD_REQUEST, "bad request\n")


def _ok(page: Page) -> Response:
    body = page.body()
    fields = {"Content-Type": page.content_type, "Content-Length": str(len(body)), "Connection": "close"}
    return Response(HTTPStatus.OK.value, HTTPStatus.OK.phrase, Headers(fields), body)


def method_of(head: bytes) -> str:
    """Of a request of HTTP; empty: it is not one."""
    match head.partition(b"\r\n")[0].decode("latin-1").split(" "):
        case [method, _, version] if version.startswith("HTTP/"):
            return method
    return ""
