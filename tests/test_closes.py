"""Why a connection was closed: what the reason says, and else what the code is used for."""

from __future__ import annotations

import pytest
from websockets.exceptions import ConnectionClosedError
from websockets.frames import Close

from edge_agent.realtime.errors import Next, what_next


@pytest.mark.parametrize(
    ("code", "reason", "step", "found", "wait_s"),
    [
        (4000, "server_error.internal_error", Next.RETRY, "service-error", None),
        (4008, "", Next.RETRY, "dropped", None),
        (4408, "", Next.RETRY, "dropped", None),
        (4503, "", Next.RETRY, "dropped", None),
        (4029, "Please try again in 7s", Next.RETRY, "busy", 7.0),
        (4429, "", Next.RETRY, "busy", None),
        (1008, "Rate limit reached", Next.RETRY, "busy", None),
        (1008, "token expired", Next.RETRY, "dropped", None),
        (1008, "idle timeout", Next.RETRY, "dropped", None),
        (4002, "session timed out", Next.RETRY, "dropped", None),
        (4001, "Session expired", Next.RETRY, "session_expired", None),
        (1001, "session_expired", Next.RETRY, "session_expired", None),
        (1008, "invalid_request_error.insufficient_quota", Next.WAIT, "insufficient_quota", None),
        (4000, "insufficient_quota.new_name", Next.WAIT, "insufficient_quota", None),
        (1011, "You exceeded your current quota", Next.WAIT, "insufficient_quota", None),
        (1008, "Quota exceeded", Next.WAIT, "quota_exceeded", None),
        (1008, "Unauthorized", Next.WAIT, "unauthorized", None),
        (4001, "Authentication failed", Next.WAIT, "unauthorized", None),
        (3000, "", Next.WAIT, "unauthorized", None),
        (4403, "", Next.WAIT, "unauthorized", None),
        (1008, "spoke too loudly", Next.WAIT, "policy", None),
        (1012, "", Next.RETRY, "dropped", None),
        (1013, "try again in 20 seconds", Next.RETRY, "dropped", 20.0),
        (4002, "", Next.RETRY, "closed", None),
    ],
)
def test_closes(code: int, reason: str, step: Next, found: str, wait_s: float | None) -> None:
    failure = what_next(ConnectionClosedError(Close(code, reason), None))
    assert (failure.next, failure.code, failure.retry_after_s) == (step, found, wait_s)
    assert reason in failure.message
