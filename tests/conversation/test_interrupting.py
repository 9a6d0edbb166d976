"""An answer is interrupted: what was heard of it is told."""

from __future__ import annotations

from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.commands import Cue
from edge_agent.vocabulary.state import Turn

from .playbook import ASK, PCM, Play, done


def test_a_press_over_the_answer() -> None:
    play = Play().speaking()
    commands = play(e.ButtonPressed())
    assert commands[:2] == [c.StopPlayback(), c.CancelResponse("r1")]
    assert c.OpenUplink("closed") in commands
    assert play(e.PlaybackStopped((e.Heard("i1", 420),), 5000)) == [c.TruncateItem("i1", 420)]
    assert play(e.AudioDelta("r1", "i1", PCM)) == []  # too late
    assert play(e.TranscriptDelta("r1", "i1", "late")) == []
    assert play(done("cancelled", item_ids=("i1",))) == []
    assert play.turn() is Turn.LISTENING


def test_nothing_heard_means_deleted() -> None:
    play = Play().speaking()
    play(e.InterruptRequested())
    assert play(e.PlaybackStopped((e.Heard("i1", 0),), 5000)) == [c.DeleteItem("i1")]


def test_an_item_that_never_sounded_is_deleted_when_its_response_ends() -> None:
    play = Play().thinking()
    play(e.ResponseStarted("r1", "ask_1"))
    assert play(e.InterruptRequested()) == [c.CancelResponse("r1")]
    assert play(done("cancelled", item_ids=("i1",))) == [c.DeleteItem("i1")]


def test_after_the_response_is_done_there_is_nothing_to_cancel() -> None:
    play = Play().speaking()
    play(done(item_ids=("i1",)))
    assert play(e.InterruptRequested()) == [c.StopPlayback()]
    assert play(e.PlaybackStopped((e.Heard("i1", 999),), 5000)) == [c.TruncateItem("i1", 999)]


def test_all_heard_is_not_truncated() -> None:
    play = Play().speaking()
    play(done(item_ids=("i1",)))
    play(e.InterruptRequested())
    assert play(e.PlaybackStopped((e.Heard("i1", 1000),), 5000)) == []


def test_several_items_each_by_what_was_heard_of_it() -> None:
    play = Play().speaking()
    play(e.AudioDelta("r1", "i2", PCM))
    play(e.AudioDelta("r1", "i3", PCM))
    play(done(item_ids=("i1", "i2", "i3")))
    play(e.InterruptRequested())
    heard = (e.Heard("i1", 1000), e.Heard("i2", 50), e.Heard("i3", 0))
    assert play(e.PlaybackStopped(heard, 0)) == [c.TruncateItem("i2", 50), c.DeleteItem("i3")]


def test_an_item_heard_to_its_end_is_left_alone_while_the_next_one_comes() -> None:
    play = Play().speaking()
    play(e.AudioFinished("r1", "i1"))
    play(e.AudioDelta("r1", "i2", PCM))
    play(e.InterruptRequested())
    heard = (e.Heard("i1", 1000), e.Heard("i2", 50))
    assert play(e.PlaybackStopped(heard, 0)) == [c.TruncateItem("i2", 50)]


def test_the_end_of_an_item_that_the_service_has_cut_is_not_its_end() -> None:
    play = Play().speaking()
    play(e.InterruptRequested())
    play(e.AudioFinished("r1", "i1"))
    assert play(e.PlaybackStopped((e.Heard("i1", 1000),), 0)) == [c.TruncateItem("i1", 1000)]


def test_a_cancel_that_overtakes_the_answer() -> None:
    play = Play().thinking()
    assert play(e.InterruptRequested()) == [c.WithdrawQuestion()]  # it had left already
    assert play(e.ResponseStarted("r1", "ask_1")) == [c.CancelResponse("r1")]
    assert play(e.AudioDelta("r1", "i1", PCM)) == []
    assert play(done("cancelled", item_ids=("i1",))) == [c.DeleteItem("i1")]


def test_a_new_question_waits_for_the_end_of_the_old_answer() -> None:
    play = Play().thinking()
    play(e.ButtonPressed())
    play(e.UplinkOpened(2, "button", 0))
    play(e.MicAudioRecorded(2, PCM))
    assert play(e.UplinkClosed(2, 200, 1000)) == [c.CommitInput(), c.PlayCue(Cue.DONE)]
    assert play(e.ResponseStarted("r1", "ask_1")) == [c.CancelResponse("r1")]
    assert play(done("cancelled")) == [ASK("ask_2")]


def test_the_transcript_keeps_what_was_heard() -> None:
    play = Play().speaking(1000)
    play(e.TranscriptDelta("r1", "i1", "one two three four"))
    play(e.InterruptRequested())
    play(e.PlaybackStopped((e.Heard("i1", 500),), 0))
    (said,) = play.conversation.said
    assert (said.text, said.cut) == ("one two", True)
