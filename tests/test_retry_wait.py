"""How long the link waits for its next attempt."""

from __future__ import annotations

import asyncio
from time import monotonic

import pytest

from edge_agent.realtime import retry_wait
from edge_agent.realtime.auth.token_command import CommandToken
from edge_agent.realtime.errors import LinkFailure, Next
from edge_agent.realtime.retry_wait import RetryWait

REFUSED = LinkFailure(Next.WAIT, "unauthorized", "access denied")
HURRIED_S = 0.2


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> RetryWait:
    monkeypatch.setattr(retry_wait, "HURRIED_S", HURRIED_S)
    return RetryWait(CommandToken("true", timeout_s=1))


async def waited_s(waits: RetryWait, failure: LinkFailure = REFUSED) -> float:
    began = monotonic()
    async with asyncio.timeout(10):
        await waits.wait(60.0, failure)
    return monotonic() - began


async def test_somebody_who_wants_to_talk_again_and_again_is_no_flood(waits: RetryWait) -> None:
    """A refused key, and a child at the button."""
    waits.begin()
    waits.hurry()
    assert await waited_s(waits) >= HURRIED_S * 0.95


async def test_somebody_who_comes_later_does_not_wait(waits: RetryWait) -> None:
    waits.begin()
    waiting = asyncio.create_task(waited_s(waits))
    while monotonic() - waits._attempt_at < HURRIED_S:  # noqa: ASYNC110 - a second attempt may begin now
        await asyncio.sleep(0)
    asked_at = monotonic()
    waits.hurry()
    assert await waiting >= HURRIED_S * 0.95
    assert monotonic() - asked_at < 5


async def test_what_the_service_asked_for_is_kept(waits: RetryWait) -> None:
    waits.begin()
    waits.hurry()
    asked = LinkFailure(Next.RETRY, "busy", "too many requests", retry_after_s=2 * HURRIED_S)
    assert await waited_s(waits, asked) >= 2 * HURRIED_S * 0.95
