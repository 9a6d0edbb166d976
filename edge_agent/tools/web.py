"""One HTTP request, in a thread that can be given up: limits on time and size, no redirects, no proxies."""

from __future__ import annotations

import asyncio
import http.client
import ssl
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from time import monotonic
from urllib.parse import urlsplit

from ..host.threads import in_thread
from ..vocabulary.frozen import frozen
from .definition import ToolFailed

PIECE = 16 * 1024


@frozen
class WebRequest:
    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes = b""
    timeout_s: float = 10.0
    most_bytes: int = 64 * 1024


async def fetch(request: WebRequest) -> tuple[int, bytes]:
    """Status and body; a body that is longer is cut. Raises ToolFailed."""
    url = urlsplit(request.url)
    host, port = url.hostname or "", url.port
    if url.scheme == "https":
        context = await in_thread(ssl.create_default_context, "request")  # it reads files, for tens of ms
        connection = http.client.HTTPSConnection(host, port, timeout=request.timeout_s, context=context)
    else:
        connection = http.client.HTTPConnection(host, port, timeout=request.timeout_s)  # type: ignore[assignment]
    path = (url.path or "/") + (f"?{url.query}" if url.query else "")
    try:
        async with asyncio.timeout(request.timeout_s):
            return await in_thread(partial(_fetch, connection, request, path), "request")
    except TimeoutError:
        raise ToolFailed(f"{host} did not answer within {request.timeout_s:g} s") from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise ToolFailed(f"{host} cannot be reached ({_reason(error)})") from None
    finally:
        _abort(connection)


def _fetch(connection: http.client.HTTPConnection, request: WebRequest, path: str) -> tuple[int, bytes]:
    until = monotonic() + request.timeout_s
    connection.request(request.method, path, request.body or None, dict(request.headers))
    response = connection.getresponse()
    body = bytearray()
    while len(body) < request.most_bytes and monotonic() < until and (piece := response.read1(PIECE)):
        body += piece
    return response.status, bytes(body[: request.most_bytes])


def _abort(connection: http.client.HTTPConnection) -> None:
    """Also while the thread still waits for it."""
    if connection.sock:
        with suppress(OSError):
            connection.sock.shutdown(2)
    connection.close()


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or type(error).__name__
