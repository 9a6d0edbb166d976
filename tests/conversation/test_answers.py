"""Answers that fail, stall or never come."""

from __future__ import annotations

import itertools

import pytest

from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.commands import Cue
from edge_agent.vocabulary.state import Mode, Turn

from .playbook import ASK, CALL, PCM, Play, done, drained


def test_no_answer_comes() -> None:
    """Another session is tried first: it may be that this one is dead."""
    play = Play(answer_s=20).thinking()
    assert play.conversation.deadline == 110
    assert play.tick() == [c.RenewLink()]
    assert play.mode() is Mode.THINKING
    play(e.Disconnected(1, "renewed"))
    assert play(e.Connected(2)) == [c.AppendAudio(PCM), c.CommitInput(), ASK("ask_2")]
    assert play.tick() == [c.WithdrawQuestion(), c.PlayCue(Cue.GAVE_UP), c.RenewLink()]
    assert play.turn() is Turn.IDLE


def test_the_answer_stalls() -> None:
    play = Play(stall_s=8).speaking(1000)
    assert play.conversation.deadline == 109
    play(e.PlaybackStarved("i1", 0), after=2)
    assert play.conversation.deadline == 110
    assert play.tick() == [c.StopPlayback(), c.CancelResponse("r1"), c.PlayCue(Cue.GAVE_UP)]


def test_a_failed_response_is_asked_for_once_more() -> None:
    play = Play().thinking()
    play(e.ResponseStarted("r1", "ask_1"))
    assert play(done("failed", "server_error")) == []
    assert play.conversation.deadline == 100.5
    assert play.tick() == [ASK("ask_2")]
    play(e.ResponseStarted("r1", "ask_2"))
    assert play(done("failed", "server_error")) == [c.RenewLink()]  # the same again: it is the session
    play(e.Disconnected(1, "renewed"))
    assert ASK("ask_3") in play(e.Connected(2))
    assert play(done("failed", "server_error")) == [c.PlayCue(Cue.SERVICE_PROBLEM)]


def test_a_rate_limit_is_waited_out() -> None:
    play = Play().thinking()
    asked = [play.now]
    for number in range(1, 4):
        play(e.ResponseStarted("r1", f"ask_{number}"))
        play(done("failed", "rate_limit_exceeded"))
        assert play.tick() == [ASK(f"ask_{number + 1}")]
        asked.append(play.now)
    assert [b - a for a, b in itertools.pairwise(asked)] == [0.5, 1.0, 2.0]
    play(e.ResponseStarted("r1", "ask_4"))
    assert play(done("failed", "rate_limit_exceeded")) == [c.PlayCue(Cue.SERVICE_BUSY)]


def test_a_response_that_fails_without_having_begun() -> None:
    play = Play().thinking()
    assert play(done("failed", "insufficient_quota")) == [c.PlayCue(Cue.SERVICE_PROBLEM)]


def test_empty_sound_is_none() -> None:
    play = Play().thinking()
    play(e.ResponseStarted("r1", "ask_1"))
    assert play(e.AudioDelta("r1", "i1", b"")) == []
    assert play(done(item_ids=("i1",))) == [c.RenewLink()]


def test_an_answer_without_sound_is_asked_for_once_more_in_another_session() -> None:
    play = Play().thinking()
    play(e.ResponseStarted("r1", "ask_1"))
    assert play(done(item_ids=("i1",))) == [c.RenewLink()]
    play(e.Disconnected(1, "renewed"))
    assert ASK("ask_2") in play(e.Connected(2))
    play(e.ResponseStarted("r2", "ask_2"))
    assert play(e.ResponseDone("r2", "completed", item_ids=("i2",))) == [c.PlayCue(Cue.GAVE_UP)]
    assert [(ended.outcome, ended.why) for ended in play.ended] == [("unanswered", "no-sound")]


def told(play: Play) -> int:
    """How much of the history a session that was renewed is told, in items."""
    play(e.Disconnected(1, "renewed"))
    return sum(isinstance(command, c.RestoreMessage) for command in play(e.Connected(2)))


def test_the_session_after_an_answer_without_sound_is_told_less() -> None:
    """A long history in text makes a model go on in text."""
    play = Play()
    for number in range(6):
        play(e.UserTranscribed(f"u{number}", "words"))
    for expected in (4, 0):
        play.thinking()
        request = play.conversation.keeper.exchange.responses.request
        play(e.ResponseStarted("r1", request))
        assert c.RenewLink() in play(done(item_ids=("i1",)))
        assert told(play) == expected
        play(e.InterruptRequested())
        play(e.Withdrawn(1, (play.conversation.keeper.exchange.responses.request or "",)))
    play(e.ForgetRequested())
    play(e.Disconnected(1, "renewed"))
    play(e.Connected(3))
    play(e.UserTranscribed("u9", "words"))
    play(e.Disconnected(3, "gone"))
    assert sum(isinstance(command, c.RestoreMessage) for command in play(e.Connected(4))) == 1


def test_an_answer_of_zeros_has_no_sound() -> None:
    zeros = e.AudioDelta("r1", "i1", bytes(48 * 2000), is_silent=True)
    play = Play().thinking()
    play(e.ResponseStarted("r1", "ask_1"))
    play(zeros)
    assert play.turn() is Turn.SPEAKING
    assert play(done(item_ids=("i1",))) == [c.StopPlayback(), c.RenewLink()]
    play = Play().thinking()
    play(e.ResponseStarted("r1", "ask_1"))
    play(zeros)
    given_up = play(zeros)  # 4 s of it: there will be none
    assert given_up[1:] == [c.StopPlayback(), c.CancelResponse("r1"), c.RenewLink()]
    play = Play().thinking()
    play(e.ResponseStarted("r1", "ask_1"))
    play(zeros)
    play(e.AudioDelta("r1", "i1", PCM))  # a pause before the first word
    play(zeros)
    assert play.turn() is Turn.SPEAKING
    assert play(done(item_ids=("i1",))) == [c.FinishPlayback()]


def test_a_session_that_only_fails_is_left() -> None:
    """Whatever the reason: the same unknown code twice, or an answer that it takes for active and never gives."""
    play = Play().thinking()
    assert play(e.ServiceErred("unheard_of", "?", "ask_1")) == []
    assert play.tick() == [ASK("ask_2")]
    assert play(e.ServiceErred("unheard_of", "?", "ask_2")) == [c.RenewLink()]
    play = Play().thinking()
    for number in (1, 2, 3):
        busy = e.ServiceErred("conversation_already_has_active_response", "busy", f"ask_{number}")
        assert play(busy) == []
        assert play.tick() == [ASK(f"ask_{number + 1}")]
    busy = e.ServiceErred("conversation_already_has_active_response", "busy", "ask_4")
    assert play(busy) == [c.RenewLink()]


@pytest.mark.parametrize("code", ["insufficient_quota", "credit_balance_exhausted", "content_filter"])
def test_what_would_fail_in_the_same_way_is_not_tried_again(code: str) -> None:
    play = Play().thinking()
    (cue,) = play(done("failed", code))
    assert isinstance(cue, c.PlayCue)
    assert [(ended.outcome, ended.why) for ended in play.ended] == [("unanswered", code)]


def test_a_wait_that_the_service_names_is_kept() -> None:
    play = Play().thinking()
    began = play.now
    play(e.ResponseStarted("r1", "ask_1"))
    assert play(e.ResponseDone("r1", "failed", "rate_limit_exceeded", wait_s=7.5)) == []
    assert play.tick() == [ASK("ask_2")]
    assert play.now == began + 7.75
    play = Play(answer_s=5).thinking()
    play(e.ResponseStarted("r1", "ask_1"))
    told = play(e.ResponseDone("r1", "failed", "rate_limit_exceeded", wait_s=7.5))
    assert told == [c.PlayCue(Cue.SERVICE_BUSY)]  # nobody waits that long


def test_an_answer_that_is_cut_short_plays_what_came() -> None:
    play = Play().speaking()
    assert play(done("incomplete", "content_filter", item_ids=("i1",))) == [c.FinishPlayback()]
    assert c.PlayCue(Cue.CUT_SHORT) in play(drained(i1=1000))
    assert play.turn() is Turn.IDLE
    assert [(ended.outcome, ended.why) for ended in play.ended] == [("cut-short", "content_filter")]


def test_the_request_is_refused() -> None:
    play = Play().thinking()
    assert play(e.ServiceErred("response_cancel_not_active", "race")) == []
    assert play(e.ServiceErred("invalid_value", "no", "ask_1")) == []
    assert play.tick() == [ASK("ask_2")]
    play = Play().thinking()
    assert play(e.ServiceErred("server_error", "sorry")) == []  # without an id: it can only mean ours
    assert play.tick() == [ASK("ask_2")]


def test_the_refusal_of_an_abandoned_request_lets_the_next_one_go() -> None:
    play = Play().thinking()
    play(e.ButtonPressed())
    play(e.UplinkOpened(2, "button", 0))
    play(e.MicAudioRecorded(2, PCM))
    assert play(e.UplinkClosed(2, 200, 1000)) == [c.CommitInput(), c.PlayCue(Cue.DONE)]
    assert play(e.ServiceErred("rate_limit_exceeded", "no", "ask_1")) == [ASK("ask_2")]


def test_an_error_that_does_not_say_what_it_means() -> None:
    play = Play(answer_s=20).thinking()
    play(e.ServiceErred("item_truncate_invalid_item_id", "of an old answer"))
    assert play.conversation.deadline == 110
    play(e.ServiceErred("invalid_value", "perhaps the request"))
    assert play.conversation.deadline == 105
    play(e.ResponseStarted("r1", "ask_1"), after=1)
    assert play.conversation.deadline == 121  # it was not
    play = Play().thinking()
    play(e.ServiceErred("invalid_value", "the request"))
    assert play.tick() == [c.RenewLink()]
    play(e.Disconnected(1, "renewed"))
    play(e.Connected(2))
    play(e.ServiceErred("invalid_value", "the request"))
    assert play.tick() == [c.WithdrawQuestion(), c.PlayCue(Cue.GAVE_UP), c.RenewLink()]


def test_the_end_of_an_answer_that_was_given_up_is_not_the_end_of_the_next() -> None:
    play = Play().thinking()
    play(e.ResponseStarted("r0", "ask_1"))
    assert c.CancelResponse("r0") in play(e.InterruptRequested())
    play(e.ButtonPressed())
    play(e.UplinkOpened(2, "button", 0))
    play(e.MicAudioRecorded(2, PCM))
    assert ASK("ask_2") not in play(e.UplinkClosed(2, 200, 1000))  # the service is busy with the old one
    assert play(e.ResponseDone("r0", "cancelled")) == [ASK("ask_2")]
    assert play.turn() is Turn.THINKING
    play(e.ResponseStarted("r1", "ask_2"))
    assert play(e.AudioDelta("r1", "i1", PCM)) == [c.Play("i1", PCM)]


def test_a_session_that_says_nothing_is_left_with_its_question() -> None:
    play = Play().thinking()
    play.tick()
    play(e.Disconnected(1, "renewed"))
    play(e.Connected(2))
    assert play.tick()[-1] == c.RenewLink()
    play(e.Disconnected(2, "renewed"))
    play(e.Connected(3))
    play.listening()
    play(e.ButtonReleased())
    assert ASK("ask_3") in play(e.UplinkClosed(1, 400, 1000))


def test_an_answer_without_sound_while_the_words_before_it_sound_cuts_nothing_off() -> None:
    play = Play().speaking(1000)
    play(done(calls=(CALL,)))
    play(e.ResponseStarted("r2", "ask_2"))
    assert c.StopPlayback() not in play(e.ResponseDone("r2", "completed"))


def test_the_service_is_busy_with_another_response() -> None:
    play = Play().thinking()
    play(e.ResponseStarted("r0", "from another life"))
    assert play(e.ServiceErred("conversation_already_has_active_response", "busy", "ask_1")) == []
    assert play(e.ResponseDone("r0", "cancelled")) == [ASK("ask_2")]


def test_an_error_of_no_turn_is_no_matter() -> None:
    play = Play().speaking()
    assert play(e.ServiceErred("server_error", "sorry")) == []
    play = Play().thinking()
    play(e.ResponseStarted("r1", "ask_1"))
    play(e.AudioDelta("r1", "i1", PCM))
    play(done(calls=(e.FunctionCall("c1", "f", "{}"),)))
    assert play(e.ServiceErred("server_error", "sorry", "ask_2")) == []  # still speaking
    assert play.turn() is Turn.SPEAKING


def test_an_answer_that_has_begun_and_an_error_that_may_be_its_end() -> None:
    """It is not waited for as long as for one of which nothing is known."""
    play = Play().thinking()
    play(e.ResponseStarted("r1", "ask_1"))
    play(e.ServiceErred("server_error", "an error", None))
    assert play.conversation.deadline == play.now + 5
    assert c.RenewLink() in play.tick()


def test_an_error_cuts_no_answer_that_is_heard() -> None:
    play = Play().speaking(9000)
    play(e.ServiceErred("server_error", "an error", None))
    assert play.conversation.deadline is not None
    assert play.conversation.deadline > play.now + 9
