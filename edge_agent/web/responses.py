"""Answers over HTTP, with what a browser is told to allow: nothing but this device's own files."""

from __future__ import annotations

from http import HTTPStatus

from websockets.datastructures import Headers
from websockets.http11 import Response

PAGE = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
DRAWING = (
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"  # what we draw ourselves
)
COMMON = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Connection": "close",
}


def page(content_type: str, body: bytes, policy: str = PAGE, **fields: str) -> bytes:
    """All of an answer. `fields`: more of its head, with _ for -."""
    return _made(
        HTTPStatus.OK, content_type, body, policy, {k.replace("_", "-"): v for k, v in fields.items()}
    )


def refused(status: HTTPStatus, why: str) -> bytes:
    return _made(status, "text/plain; charset=utf-8", f"{why}\n".encode(), PAGE, {})


def _made(status: HTTPStatus, content_type: str, body: bytes, policy: str, fields: dict[str, str]) -> bytes:
    head = {
        "Content-Type": content_type,
        "Content-Length": str(len(body)),
        "Content-Security-Policy": policy,
        **COMMON,
        **fields,
    }
    return Response(status.value, status.phrase, Headers(head), body).serialize()
