from __future__ import annotations

import gzip
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
    InvalidProxyStatus,
    InvalidStatus,
    InvalidURI,
)
from websockets.frames import Close
from websockets.http11 import Response

from edge_agent.realtime.errors import FATAL_CODES, Next, fatal, refused, session_refused, what_next
from edge_agent.realtime.wire.optional import optional_setting, without
from edge_agent.vocabulary.account import ACCOUNT


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
        (ConnectionClosedError(Close(4999, "who knows"), None), Next.RETRY, "closed", "4999 who knows"),
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
    assert refused(401, body).audiences == ("https://ai.azure.com",)


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


# ---- passing and lasting trouble ------------------------------------------------------
@pytest.mark.parametrize(
    ("code", "kind", "param"),
    [
        ("internal_error", "internal_error", None),
        ("session_creation_failed", "invalid_request_error", None),
        ("overloaded_error", "overloaded_error", None),
        ("never_heard_of", "invalid_request_error", None),
        ("content_filter", "invalid_request_error", None),
        ("invalid_value", "invalid_request_error", None),
        ("", "server_error", "session.voice"),
    ],
)
def test_what_names_no_parameter_of_ours_is_tried_again(code: str, kind: str, param: str | None) -> None:
    assert session_refused(code, "words", kind, param).next is Next.RETRY


@pytest.mark.parametrize(
    ("code", "param"),
    [
        ("unknown_parameter", None),
        ("missing_required_parameter", "session.type"),
        ("invalid_value", "session.audio.output.voice"),
        ("invalid_type", "session.max_output_tokens"),
        ("invalid_model", None),
        ("missing_model", None),
    ],
)
def test_what_names_a_parameter_or_value_of_ours_must_be_fixed(code: str, param: str | None) -> None:
    assert session_refused(code, "words", "invalid_request_error", param).next is Next.FIX


@pytest.mark.parametrize(
    "code", ["forbidden", "deployment_not_found", "unsupported_country_region_territory"]
)
def test_what_a_person_elsewhere_must_change_waits(code: str) -> None:
    assert session_refused(code, "words", "invalid_request_error", None).next is Next.WAIT


@pytest.mark.parametrize(
    ("param", "message", "setting"),
    [
        ("session.audio.input.transcription.model", "Invalid value", "transcription"),
        ("session.input_audio_transcription", "Unknown deployment", "transcription"),
        ("session.audio.input.noise_reduction['type']", "no", "noise_reduction"),
        ("session.reasoning.effort", "no", "reasoning"),
        (None, "The transcription model 'x' does not exist.", "transcription"),
        (None, "Unsupported parameter: 'reasoning' is not supported with this model.", "reasoning"),
        ("session.voice", "not with transcription", ""),
        (None, "no", ""),
        ("session.temperature", "Decimal below min value", "temperature"),
        ("session.output_audio_timestamp_types", "no", "the times of words"),
        ("session.turn_detection.end_of_utterance_detection.model", "no", "end_of_utterance"),
    ],
)
def test_what_the_answer_does_not_need_is_left_out(param: str | None, message: str, setting: str) -> None:
    failure = session_refused("invalid_value", message, "invalid_request_error", param)
    assert failure.leave_out == setting
    assert failure.next is (Next.FIX if param and not setting else Next.RETRY)


@pytest.mark.parametrize("code", ["deployment_not_found", "DeploymentNotFound", "inference_not_found_error"])
def test_a_transcription_that_is_retired_stops_no_device(code: str) -> None:
    said = code, "The API deployment for this resource does not exist.", "invalid_request_error", None
    assert session_refused(*said, transcribes=True).leave_out == "transcription"
    failure = session_refused(*said)
    assert (failure.next, failure.code, failure.leave_out) == (Next.WAIT, "deployment_not_found", "")


def test_the_code_names_the_setting_where_nothing_else_does() -> None:
    failure = session_refused("invalid_input_audio_transcription_model", "no", "invalid_request_error", None)
    assert failure.leave_out == "transcription"


@pytest.mark.parametrize(
    ("code", "kind", "param", "found"),
    [
        ("invalid_value", "invalid_request_error", "session.model", "model_not_found"),
        ("unsupported_model", "invalid_request_error", None, "model_not_found"),
        ("", "authentication_error", None, "unauthorized"),
        ("invalid_authentication", "invalid_request_error", None, "unauthorized"),
        ("x", "permission_error", None, "forbidden"),
    ],
)
def test_what_a_gateway_calls_otherwise(code: str, kind: str, param: str | None, found: str) -> None:
    failure = session_refused(code, "words", kind, param)
    assert (failure.next, failure.code) == (Next.WAIT, found)


def test_no_service_makes_a_device_wait_for_hours() -> None:
    assert session_refused("rate_limit_exceeded", "try again in 1h2m3s", "", None).retry_after_s == 300.0


def test_a_session_without_what_was_refused() -> None:
    frame = '{"session": {"speed": 1, "audio": {"input": {"transcription": {"model": "é"}, "format": 1}}}}'
    assert without(frame, {"transcription"}) == '{"session": {"speed": 1, "audio": {"input": {"format": 1}}}}'
    assert without(frame, ()) == frame


def test_the_type_counts_where_the_code_is_new() -> None:
    new = session_refused("out_of_money", "words", "insufficient_quota", "session.reasoning")
    assert (new.next, new.code) == (Next.WAIT, "insufficient_quota")
    assert "check its plan and billing (words)" in new.message
    known = session_refused("credit_balance_exhausted", "words", "insufficient_quota", None)
    assert known.code == "credit_balance_exhausted"


@pytest.mark.parametrize("code", [408, 409, 421, 424, 425, 500, 502, 503, 504])
def test_passing_statuses(code: int) -> None:
    assert refused(code).next is Next.RETRY


def test_an_answer_in_an_older_http() -> None:
    told = "unsupported protocol; expected HTTP/1.1: HTTP/1.0 502 Bad Gateway"
    assert what_next(cut(ValueError(told))).code == "service-error"


@pytest.mark.parametrize(
    ("code", "step", "found"),
    [
        (502, Next.RETRY, "proxy-unreachable"),
        (504, Next.RETRY, "proxy-unreachable"),
        (407, Next.WAIT, "proxy"),
    ],
)
def test_proxies_that_refuse(code: int, step: Next, found: str) -> None:
    failure = what_next(InvalidProxyStatus(Response(code, "", Headers())))
    assert (failure.next, failure.code) == (step, found)


def test_a_wait_that_is_named_in_words() -> None:
    assert refused(429, azure("429", "Please retry after 12 seconds.")).retry_after_s == 12.0
    assert refused(503, azure("503", "retry after 12 seconds."), "3").retry_after_s == 3.0
    assert session_refused("rate_limit_exceeded", "try again in 5s", "", None).retry_after_s == 5.0


@pytest.mark.parametrize(
    ("status_code", "body", "code", "advice"),
    [
        (429, '{"error": {"type": "insufficient_quota", "message": "no"}}', "insufficient_quota", "billing"),
        (429, azure("credit_balance_exhausted", "no"), "credit_balance_exhausted", "billing"),
        (403, azure("AuthenticationTypeDisabled", "no"), "forbidden", 'credential = "default"'),
        (401, azure("401", "Key authentication is disabled"), "unauthorized", 'credential = "default"'),
        (400, azure("400", "Token tenant does not match"), "bad-request", "service.tenant_id"),
        (400, azure("BadRequest", "provide a custom subdomain"), "bad-request", "NAME.openai.azure.com"),
        (400, azure("OpperationNotSupported", "no"), "bad-request", "realtime model"),
        (403, azure("403", "Virtual Network/Firewall rules"), "forbidden", "network rules"),
        (404, azure("x", "model gpt-live-1 not found"), "not-found", "/v1/live"),
        (400, azure("400", "what?"), "bad-request", "service.api_version"),
        (400, "<html>The plain HTTP request was sent to HTTPS port", "bad-request", "https://"),
        (401, azure("401", "api-version is not allowed"), "unauthorized", "service.api_version"),
        (401, azure("ip_not_authorized", "no"), "unauthorized", "network rules"),
        (
            401,
            azure("401", "Access denied due to inactive subscription."),
            "subscription_inactive",
            "billing",
        ),
        (402, "", "payment_required", "billing"),
        (403, '{"message": "Out of call volume quota."}', "quota_exceeded", "billing"),
        (403, azure("403", "Missing scopes: model.request"), "forbidden", "the key is restricted"),
        (404, azure("ModelDeprecated", "no"), "not-found", "deploy a newer one"),
        (407, "", "proxy", "service.proxy"),
        (410, "", "not-found", "deploy a newer one"),
        (426, "", "no-websocket", "Upgrade header"),
    ],
)
def test_advice_follows_what_was_refused(status_code: int, body: str, code: str, advice: str) -> None:
    failure = refused(status_code, body)
    assert failure.code == code
    assert advice in failure.message.partition("); ")[2] or code in ACCOUNT
    assert advice in failure.message


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('{"error": "slow down"}', "HTTP 503: slow down"),
        ('{"detail": "slow down"}', "HTTP 503: slow down"),
        (
            "<html><head><style>p {}</style><title>503</title></head><body><h1>slow down</h1></body>",
            "HTTP 503: 503 slow down",
        ),
        ('["slow"]', 'HTTP 503: ["slow"]'),
        ("null", "HTTP 503: null"),
    ],
)
def test_words_of_any_body(body: str, words: str) -> None:
    assert words in refused(503, body).message


def test_compressed_bodies() -> None:
    told = azure("DeploymentNotFound", "gone").encode()
    error = status(404)
    error.response.headers["Content-Encoding"] = "gzip"
    error.response.body = gzip.compress(told)
    assert "HTTP 404: gone" in what_next(error).message
    error.response.body = told
    assert "HTTP 404: gone" in what_next(error).message


@pytest.mark.parametrize("code", [400, 401, 403, 404])
def test_the_address_of_a_region(code: int) -> None:
    for host in ("eastus.api.cognitive.microsoft.com", "westeurope.stt.speech.microsoft.com"):
        assert "the address of a region" in refused(code, host=host).message
    assert "region" not in refused(code, host="x.openai.azure.com").message
    assert "region" not in refused(503, host="eastus.api.cognitive.microsoft.com").message


def test_a_ca_that_python_3_13_refuses() -> None:
    error = ssl.SSLCertVerificationError(1, "x")
    error.verify_message = "Basic Constraints of CA cert not marked critical"
    assert "RFC 5280" in what_next(error).message
    assert what_next(error).code == "certificate"


def test_a_model_that_works_and_is_not_there_is_done_without() -> None:
    missing = "The model 'gpt-5.5' does not exist or you do not have access to it."
    said = "model_not_found", missing, "invalid_request_error", None
    assert session_refused(*said, backend="gpt-5.5").leave_out == "backend"
    for backend in ("", "gpt-5.4"):
        assert session_refused(*said, backend=backend).leave_out == ""


def test_of_what_is_refused_only_the_innermost_is_left_out() -> None:
    delay = "session.delegation.acknowledgement_delay_ms"
    assert optional_setting(delay, "unknown_parameter", "x") == "acknowledgement_delay"
    assert optional_setting("session.delegation.responses.model", "invalid_value", "x") == "backend"
