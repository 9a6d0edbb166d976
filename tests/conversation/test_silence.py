"""Nobody speaks for `turns.idle_timeout_ms`, and the service does."""

from __future__ import annotations

import pytest

from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.state import Turn

from .playbook import PCM, Play, drained

SILENT = e.SilenceTimedOut("u9")


def quiet() -> Play:
    return Play(mode="hands-free", end="server", idle_timeout_ms=6000)


def addressed() -> Play:
    play = quiet()
    assert play(SILENT) == []
    assert play(e.InputCommitted("u9")) == []
    assert play.turn() is Turn.THINKING
    return play


def test_its_answer_is_heard_to_the_end() -> None:
    play = addressed()
    assert play(e.ResponseStarted("r9")) == []
    assert play(e.AudioDelta("r9", "i9", PCM)) == [c.Play("i9", PCM)]
    assert play(e.ResponseDone("r9", "completed", item_ids=("i9",))) == [c.FinishPlayback()]
    play(drained(i9=200))
    assert [ended.outcome for ended in play.ended] == ["answered"]


def test_a_voice_comes_first() -> None:
    play = addressed()
    play(e.ResponseStarted("r9"))
    assert play(e.UplinkOpened(1, "speech", 80)) == [c.CancelResponse("r9")]
    assert play.turn() is Turn.LISTENING


@pytest.mark.parametrize(
    "event",
    [e.ResponseDone("r9", "failed", "server_error"), e.Disconnected(1, "lost"), None],
    ids=["failed", "link lost", "nothing comes"],
)
def test_what_nobody_asked_for_nobody_misses(event: e.Event | None) -> None:
    """It is not asked for again, in this session or another, and no tone says that it did not come."""
    play = addressed()
    play(e.ResponseStarted("r9"))
    said = play(event) if event else play.tick()
    assert not [
        command for command in said if isinstance(command, c.PlayCue | c.CreateResponse | c.RenewLink)
    ]
    assert play.turn() is Turn.IDLE
    assert [ended.outcome for ended in play.ended] == ["unanswered"]
    assert not [out for out in play(e.Connected(2)) if isinstance(out, c.CreateResponse)]


@pytest.mark.parametrize(
    "before", [e.MuteSwitched(True), e.AudioLost("speaker", "gone"), e.BudgetSpent(True)]
)
def test_it_speaks_only_where_it_may(before: e.Event) -> None:
    play = quiet()
    play(before)
    play(SILENT)
    assert play.turn() is Turn.IDLE
    assert play(e.ResponseStarted("r9")) == [c.CancelResponse("r9")]


def test_where_the_setting_is_off_it_is_cancelled() -> None:
    play = Play(mode="hands-free", end="server")
    play(SILENT)
    assert play(e.ResponseStarted("r9")) == [c.CancelResponse("r9")]
