"""Answers to an upgrade that the WebSocket library does not take, byte by byte as well."""

from __future__ import annotations

import pytest

from edge_agent.realtime.handshake import LONGEST_HEAD, AnswerHead

SWITCH = b"HTTP/1.1 101 Switching Protocols\r\n\r\n\x81\x02hi"
HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"


def read(data: bytes, step: int) -> bytes:
    head = AnswerHead()
    return b"".join(head.feed(data[at : at + step]) for at in range(0, len(data), step)) + head.rest()


@pytest.mark.parametrize("step", [1, 7, 10_000])
@pytest.mark.parametrize(
    ("data", "passed"),
    [
        (SWITCH, SWITCH),
        (HINTS + SWITCH, SWITCH),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + HINTS + b"HTTP/1.1 429 x\r\n\r\n", b"HTTP/1.1 429 x\r\n\r\n"),
        (b"HTTP/1.0 503 Busy\r\n\r\nsorry", b"HTTP/1.1 503 Busy\r\n\r\nsorry"),
        (b"HTTP/1.0 101 Odd\r\n\r\n", b"HTTP/1.0 101 Odd\r\n\r\n"),
        (b"SSH-2.0-OpenSSH", b"SSH-2.0-OpenSSH"),
        (b"HTTP", b"HTTP"),
        (b"", b""),
    ],
)
def test_what_the_library_is_given(data: bytes, passed: bytes, step: int) -> None:
    assert read(data, step) == passed


def test_hints_without_an_end_are_not_waited_for() -> None:
    head = AnswerHead()
    endless = b"HTTP/1.1 103 x\r\n" + b"a: b\r\n" * LONGEST_HEAD
    assert len(head.feed(endless)) + len(head.rest()) <= len(endless)


@pytest.mark.parametrize("step", [1, 7, 10_000])
@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        (b"HTTP/1.1 429 Busy\r\nA: b\r\nRetry-After:  7 \r\nContent-Length: 9999999\r\n\r\nx", (429, "7")),
        (HINTS + b"HTTP/1.0 503 x\r\n\r\nRetry-After: 7\r\n", (503, None)),
        (b"HTTP/1.1 404 N", (404, None)),
        (SWITCH, None),
        (b"SSH-2.0-OpenSSH", None),
        (b"", None),
    ],
)
def test_a_refusal_whose_body_cannot_be_read(
    data: bytes, refusal: tuple[int, str | None] | None, step: int
) -> None:
    head = AnswerHead()
    for at in range(0, len(data), step):
        head.feed(data[at : at + step])
    head.rest()
    assert head.refusal == refusal
