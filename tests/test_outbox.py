"""What waits to be sent when sound is taken back."""

from __future__ import annotations

import pytest

from edge_agent.realtime.session import _without_input
from edge_agent.vocabulary import commands as c

FIRST, SECOND, THIRD = (c.AppendAudio(bytes([number] * 960)) for number in range(3))
COMMIT, ASK = c.CommitInput(), c.CreateResponse("ask_1")


@pytest.mark.parametrize(
    ("waiting", "kept"),
    [
        ([], []),
        ([FIRST, SECOND], []),
        ([FIRST, SECOND, COMMIT], [FIRST, SECOND, COMMIT]),
        ([FIRST, SECOND, COMMIT, ASK, THIRD], [FIRST, SECOND, COMMIT, ASK]),
        ([FIRST, COMMIT, SECOND, COMMIT, THIRD], [FIRST, COMMIT, SECOND, COMMIT]),
        ([FIRST, ASK, SECOND], [ASK]),
    ],
)
def test_an_utterance_that_was_committed_is_spared(
    waiting: list[c.ServiceCommand], kept: list[c.ServiceCommand]
) -> None:
    assert _without_input(waiting) == kept
