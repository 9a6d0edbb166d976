"""Minutes of `python -m benchmarks.live_hour`."""

from __future__ import annotations

import pytest

from edge_agent.simulator.live.live_door import AZURE_LIVE, OPENAI_LIVE, LiveDoor

from .live_hour import Conversation

pytestmark = pytest.mark.realtime


@pytest.mark.parametrize(
    ("mode", "door", "seed"),
    [("button", OPENAI_LIVE, 1), ("hands-free", OPENAI_LIVE, 2), ("hands-free", AZURE_LIVE, 3)],
)
def test_no_word_is_lost_and_no_session_left_open_and_the_books_agree(
    mode: str, door: LiveDoor, seed: int
) -> None:
    hour = Conversation(seed, mode, door).run(minutes=3)
    assert hour.troubles >= 3
    assert hour.is_right, hour
