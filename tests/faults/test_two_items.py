"""A response that speaks in two items, a preamble and the answer: each is heard, counted and cut by itself."""

from __future__ import annotations

from typing import Any

import pytest

from edge_agent.vocabulary import events as e

from .rig import ANSWER_MS, Rig

pytestmark = pytest.mark.realtime

PREAMBLE_MS = 800


def items(rig: Rig) -> list[str]:
    """The spoken items, as they began to play."""
    return [started.item_id for started in rig.of(e.PlaybackStarted)]


def truncated(rig: Rig) -> dict[str, Any]:
    """How much of which items the service was told to keep."""
    return {
        entry.event["item_id"]: entry.event["audio_end_ms"]
        for entry in rig.entries
        if entry.event["type"] == "conversation.item.truncate"
    }


def heard(rig: Rig) -> dict[str, int]:
    """Of each item the most that was told, in ms."""
    most: dict[str, int] = {}
    for played in [*rig.of(e.PlaybackDrained), *rig.of(e.PlaybackStopped)]:
        for item in played.heard:
            most[item.item_id] = max(most.get(item.item_id, 0), item.heard_ms)
    return most


async def test_both_are_played_in_their_order_and_counted() -> None:
    async with Rig(preamble_ms=PREAMBLE_MS) as rig:
        await rig.say()
        await rig.until(lambda: rig.of(e.PlaybackDrained))
        await rig.settle()
        (done,) = rig.of(e.ResponseDone)
        assert items(rig) == list(done.item_ids)
        assert heard(rig) == dict(zip(done.item_ids, (PREAMBLE_MS, ANSWER_MS), strict=True))
        assert truncated(rig) == {}


async def test_only_the_second_is_cut_where_it_is_interrupted() -> None:
    async with Rig(preamble_ms=PREAMBLE_MS) as rig:
        await rig.say()
        await rig.until(lambda: len(items(rig)) == 2)
        rig.press()
        await rig.until(lambda: truncated(rig))
        preamble, answer = items(rig)
        played = heard(rig)
        assert played.get(preamble, PREAMBLE_MS) == PREAMBLE_MS
        assert 0 < played[answer] < ANSWER_MS
        assert truncated(rig) == {answer: played[answer]}
