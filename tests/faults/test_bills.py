"""What an answer costs is known, whoever ends it: over a real socket."""

from __future__ import annotations

from functools import partial

import pytest

from edge_agent.vocabulary import events as e

from .rig import Rig

pytestmark = pytest.mark.realtime


def began(rig: Rig, answers: int) -> bool:
    return len(rig.of(e.PlaybackStarted)) == answers


@pytest.mark.parametrize("how", ["forget", "drop"])
async def test_each_answer_that_is_ended_with_its_session_is_paid_for(how: str) -> None:
    async with Rig() as rig:
        for number in (1, 2, 3):
            await rig.say()
            await rig.until(partial(began, rig, number))
            if how == "forget":
                rig.device.post(e.ForgetRequested())
            else:
                rig.inject("drop")
                await rig.until(lambda: not rig.online)
                rig.device.post(e.InterruptRequested())
            await rig.until(lambda: rig.online)
            await rig.settle()
        if how == "forget":
            await rig.until(lambda: len(rig.of(e.ResponseBilled)) + len(rig.of(e.ResponseDone)) == 3)
            assert all(billed.usage.total > 0 for billed in rig.of(e.ResponseBilled))
        lost = len(rig.of(e.ResponseStarted)) - len(rig.of(e.ResponseDone)) - len(rig.of(e.ResponseBilled))
        assert lost == (0 if how == "forget" else 3)
