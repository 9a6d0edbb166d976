"""A peer that is gone without a word: soon noticed, and given up so that nothing arrives late.

A frozen proxy takes in a little, acknowledges it, and says nothing; it would deliver when it thaws.
"""

from __future__ import annotations

import asyncio
from time import monotonic

import pytest

from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.state import Turn

from .matrix import reach
from .rig import HELD_BYTES, UTTERANCE_MS, Rig
from .troubles import State

pytestmark = pytest.mark.realtime

IN_TURN_S, AT_REST_S = 8.0, 20.0
PATIENT = {"answer_s": 40.0, "stall_s": 20.0, "offline_s": 60.0}  # so that it is the silence that is noticed
HELD_MOST = 8 * HELD_BYTES  # by the proxy, in its buffers and the system's


async def gone(state: State) -> tuple[float, int]:
    """Seconds until it was noticed, and bytes that arrived after it was given up."""
    async with Rig(proxied=True, limits=PATIENT) as rig:
        utterance = await reach(rig, state)
        (relay,) = rig.proxy.relays
        listening = rig.state.turn is Turn.LISTENING
        rig.proxy.freeze()
        began, entries = monotonic(), len(rig.entries)
        if listening:
            await rig.hear(UTTERANCE_MS // 2, utterance)
        await rig.until(lambda: rig.of(e.Disconnected), limit_s=AT_REST_S + 5)
        noticed_s = rig.when(e.Disconnected, began)
        assert noticed_s
        assert "has not responded" in rig.of(e.Disconnected)[0].reason
        passed = relay.passed["up"]
        rig.proxy.thaw()
        await rig.until(lambda: rig.online)
        if listening:
            rig.release()
        await rig.settle()
        if utterance:
            assert len(rig.answers_to(utterance)) == 1
        assert relay.over
        late = [entry.event["type"] for entry in rig.entries[entries:] if entry.connection == 1]
        if listening:  # else the network may have had it already, and its answer is heard by nobody
            assert "input_audio_buffer.commit" not in late
        return noticed_s, relay.passed["up"] - passed


async def test_dead_peers_are_noticed_and_told_nothing_late(capsys: pytest.CaptureFixture[str]) -> None:
    states: tuple[State, ...] = ("idle", "listening", "thinking", "interrupted")
    found = dict(zip(states, await asyncio.gather(*(gone(state) for state in states)), strict=True))
    with capsys.disabled():
        for state, (noticed_s, late) in found.items():
            print(f"\n{state}: noticed after {noticed_s:.1f} s; {late} bytes were delivered late", end="")
    for state, (noticed_s, late) in found.items():
        assert noticed_s <= (AT_REST_S if state == "idle" else IN_TURN_S), state
        assert late <= HELD_MOST, state
