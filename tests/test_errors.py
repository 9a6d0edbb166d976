from __future__ import annotations

import socket
import ssl
from typing import Any

import pytest
from websockets.datastructures import Headers
from websockets.exceptions import (
    ConnectionClosedError,
    ConnectionClosedOK,
    InvalidHandshake,
    InvalidMessage,
    InvalidProxy,
    InvalidStatus,
    InvalidURI,
)
from websockets.frames import Close
from websockets.http11 import Response

from edge_agent.realtime.errors import FATAL_CODES, Next, fatal, refused, session_refused, what_next


def status(code: int, body: str = "", **headers: str) -> InvalidStatus:
    return InvalidStatus(Response(code, "", Headers(headers), body.encode()))


def cut(cause: Exception) -> InvalidMessage:
    """How websockets says that a connection ended, or brought nonsense, in the handshake."""
    error = InvalidMessage("did not receive a valid HTTP response")
    error.__cause__ = cause
    return error


def azure(code: str, message: str) -> str:
    return f'{{"error": {{"code": "{code}", "message": "{message}"}}}}'


@pytest.mark.parametrize(
    ("error", "step", "code", "words"),
    [
        (
            status(401, '{"statusCode": 401, "message": "Unauthorized."}'),
            Next.WAIT,
            "unauthorized",
            "Unauthorized.",
        ),
        (
            status(401, azure("PermissionDenied", "lacks the required data action")),
            Next.WAIT,
            "unauthorized",
            "Cognitive Services OpenAI User",
        ),
        (
            status(403, azure("AuthenticationTypeDisabled", "Keys are off")),
            Next.WAIT,
            "forbidden",
            "Keys are off",
        ),
        (status(404, azure("DeploymentNotFound", "gone")), Next.WAIT, "not-found", "service.deployment"),
        (status(404, azure("404", "Resource not found")), Next.WAIT, "not-found", "service.provider"),
        (status(400, azure("OpperationNotSupported", "no")), Next.WAIT, "bad-request", "realtime model"),
        (status(429), Next.RETRY, "busy", "too many"),
        (status(503, "<html>sorry</html>"), Next.RETRY, "service-error", "sorry"),
        (status(200), Next.WAIT, "no-websocket", "service.endpoint"),
        (status(302), Next.WAIT, "no-websocket", "service.endpoint"),
        (ConnectionClosedError(None, None), Next.RETRY, "dropped", "was lost"),
        (ConnectionClosedOK(Close(1000, ""), Close(1000, ""), True), Next.RETRY, "dropped", "closed"),
        (
            ConnectionClosedOK(Close(1001, "Your session hit the maximum duration of 60 minutes."), None),
            Next.RETRY,
            "session_expired",
            "maximum duration",
        ),
        (ConnectionClosedOK(Close(1001, ""), None), Next.RETRY, "dropped", "going away"),
        (ConnectionClosedError(Close(1011, "internal"), None), Next.RETRY, "dropped", "1011 (internal)"),
        (ConnectionClosedError(Close(1008, ""), None), Next.WAIT, "policy", "policy"),
        (ConnectionClosedError(None, Close(1009, "too big")), Next.RETRY, "frame-too-big", "4 MiB"),
        (
            ConnectionClosedError(Close(3000, "invalid_request_error.invalid_api_key"), None),
            Next.WAIT,
            "invalid_api_key",
            "key",
        ),
        (
            ConnectionClosedError(Close(4000, "invalid_request_error.beta_api_shape_disabled"), None),
            Next.FIX,
            "beta_api_shape_disabled",
            "provider",
        ),
        (ConnectionClosedError(Close(4999, "who knows"), None), Next.WAIT, "closed", "4999 who knows"),
        (socket.gaierror(-2, "Name or service not known"), Next.RETRY, "dns", "cannot be found"),
        (ConnectionRefusedError(111, "Connection refused"), Next.RETRY, "unreachable", "Connection refused"),
        (OSError("all attempts failed"), Next.RETRY, "unreachable", "all attempts failed"),
        (TimeoutError(), Next.RETRY, "timeout", "in time"),
        (ssl.SSLError(1, "bad handshake"), Next.RETRY, "tls", "secure"),
        (InvalidURI("x", "bad"), Next.FIX, "endpoint", "service.endpoint"),
        (InvalidHandshake("no"), Next.WAIT, "no-websocket", "not a Realtime service"),
        (cut(EOFError("connection closed")), Next.RETRY, "dropped", "was lost"),
        (cut(ConnectionResetError(104, "reset")), Next.RETRY, "dropped", "was lost"),
        (cut(ValueError("no HTTP")), Next.WAIT, "no-websocket", "not a Realtime service"),
        (InvalidProxy("x", "bad"), Next.WAIT, "proxy", "service.proxy"),
        (InvalidProxy("htp://me:SECRET/@h:1", "bad"), Next.WAIT, "proxy", "htp://***@h:1"),
        (ZeroDivisionError("oops"), Next.RETRY, "unexpected", "ZeroDivisionError: oops"),
    ],
)
def test_what_happens_next(error: Any, step: Next, code: str, words: str) -> None:
    failure = what_next(error)
    assert (failure.next, failure.code) == (step, code)
    assert words in failure.message
    assert "\n" not in failure.message
    assert "SECRET" not in failure.message
    assert what_next(failure) is failure


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("certificate is not yet valid", "clock"),
        ("certificate has expired", "certificate"),
        ("self-signed certificate", "certificate"),
    ],
)
def test_certificates(words: str, code: str) -> None:
    error = ssl.SSLCertVerificationError(1, words)
    error.verify_message = words
    assert what_next(error).code == code


def test_the_audience_that_the_service_wants() -> None:
    body = '{"message": "Access token is missing, invalid, audience is incorrect (https://ai.azure.com), or expired."}'
    assert refused(401, body).audience == "https://ai.azure.com"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7.0),
        (None, None),
        ("soon", None),
        ("²", None),
        ("86400", 300.0),
        ("9" * 400, 300.0),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        ("Wed, 21 Oct 9999 07:28:00 GMT", 300.0),
        ("Wed, 21 Oct 99999 07:28:00 GMT", None),
    ],
)
def test_retry_after(text: str | None, seconds: float | None) -> None:
    assert refused(429, retry_after=text).retry_after_s == seconds


def test_retry_after_twice() -> None:
    error = status(429)
    error.response.headers["Retry-After"] = "7"
    error.response.headers["Retry-After"] = "8"
    assert what_next(error).retry_after_s == 7.0


@pytest.mark.parametrize(
    ("code", "kind", "step"),
    [
        ("unknown_parameter", "invalid_request_error", Next.FIX),
        ("server_error", "server_error", Next.RETRY),
        ("overloaded", "server_error", Next.RETRY),
        ("rate_limit_exceeded", "rate_limit_exceeded", Next.RETRY),
        ("inference_rate_limit_exceeded", "invalid_request_error", Next.RETRY),
        ("insufficient_quota", "insufficient_quota", Next.WAIT),
    ],
)
def test_refused_sessions(code: str, kind: str, step: Next) -> None:
    assert session_refused(code, "words", kind, None).next is step


def test_long_bodies_are_cut_and_stay_on_a_line() -> None:
    assert len(refused(503, "line\n" * 1000).message) < 300
    assert "\n" not in refused(503, "a\nb").message


def test_what_the_service_says_steers_no_terminal() -> None:
    assert "\x1b" not in refused(503, "\x1b[2J gone").message
    assert what_next(session_refused("x", "\x07\x9b31m", "", None)).message.isprintable()
    assert len(session_refused("x", "blah" * 1000, "", None).message) == 500


def test_fatal_codes() -> None:
    assert fatal("response_cancel_not_active", "no") is None
    for code in FATAL_CODES:
        assert fatal(code, "") is not None
        assert "said so" in str(fatal(code, "said so"))
