"""The conversation across sessions: what is told to the next one, what is forgotten, when the link rests."""

from __future__ import annotations

from typing import Any

import pytest

from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.commands import Cue
from edge_agent.vocabulary.state import Mode, Turn

from .conversation.playbook import ASK, PCM, Play, done, drained

SAID = [c.RestoreMessage("user", "Hi.", "told_1"), c.RestoreMessage("assistant", "Hello there.", "told_2")]
LEFT = e.Disconnected(1, "left")


def visited(**settings: Any) -> Play:
    """One question was asked and answered."""
    play = Play(**settings).thinking()
    play(e.InputCommitted("u1"))
    play(e.UserTranscribed("u1", "Hi."))
    play(e.ResponseStarted("r1", "ask_1"))
    play(e.TranscriptDelta("r1", "i1", "Hello there."))
    play(e.AudioDelta("r1", "i1", bytes(48 * 1000)))
    play(done(item_ids=("i1",)))
    play(drained(i1=1000))
    assert play.turn() is Turn.IDLE
    return play


# ---- context ---------------------------------------------------------------------
def test_the_next_session_is_told_what_was_said() -> None:
    play = visited()
    play(e.Disconnected(1, "gone"))
    assert play(e.Connected(2)) == SAID


def test_a_question_is_told_once_and_as_it_was_asked() -> None:
    play = visited()
    play.listening()
    play(e.ButtonReleased())
    play(e.UplinkClosed(1, 400, 1000))
    play(e.InputCommitted("u2"))
    play(e.UserTranscribed("u2", "And now?"))
    play(e.ResponseStarted("r2", "ask_2"))
    play(e.TranscriptDelta("r2", "i2", "Now I"))
    play(e.Disconnected(1, "gone"))
    assert play(e.Connected(2)) == [*SAID, c.AppendAudio(PCM), c.CommitInput(), ASK("ask_3")]


def test_so_is_one_in_writing() -> None:
    play = Play(online=False)
    assert play(e.TextEntered("What time is it?"))[0] == c.OpenLink()
    asked = [c.CreateUserText("What time is it?"), ASK("ask_1")]
    assert play(e.Connected(1)) == asked
    play(e.Disconnected(1, "gone"))
    assert play(e.Connected(2)) == [asked[0], ASK("ask_2")]


def test_an_answer_that_a_drop_cut_off_is_kept_as_far_as_it_came() -> None:
    play = visited()  # 12 characters a second: that is how quickly it speaks
    play.listening()
    play(e.ButtonReleased())
    play(e.UplinkClosed(1, 400, 1000))
    play(e.ResponseStarted("r2", "ask_2"))
    play(e.TranscriptDelta("r2", "i2", "The words run ahead of the sound by far."))
    play(e.AudioDelta("r2", "i2", bytes(48 * 1000)))
    assert play(e.Disconnected(1, "gone")) == [c.FinishPlayback()]
    assert play(e.Connected(2)) == SAID  # what sounds may still be interrupted
    assert play.turn() is Turn.SPEAKING
    told = play(drained(i2=1000))
    assert told == [c.RestoreMessage("assistant", "The words run", "told_3", after="told_2")]
    assert play.turn() is Turn.IDLE


def test_what_is_interrupted_after_a_drop_is_told_as_far_as_it_was_heard() -> None:
    """The answer was here to its last word when the link was lost, and sounds while the next session begins."""
    play = visited()
    play.listening()
    play(e.ButtonReleased())
    play(e.UplinkClosed(1, 400, 1000))
    play(e.ResponseStarted("r2", "ask_2"))
    play(e.TranscriptDelta("r2", "i2", "one two three four five six seven eight nine ten"))
    play(e.AudioDelta("r2", "i2", bytes(48 * 3000)))
    play(e.ResponseDone("r2", "completed", item_ids=("i2",)))
    play(e.Disconnected(1, "gone"))
    assert play(e.Connected(2)) == SAID
    play(e.ButtonPressed())
    told = play(e.PlaybackStopped((e.Heard("i2", 1500),), 0))
    assert told == [c.RestoreMessage("assistant", "one two three four five", "told_3", after="told_2")]
    assert play.conversation.said[-1].text == "one two three four five"


def test_calls_of_functions_are_told_as_text() -> None:
    play = Play().thinking()
    play(e.ResponseStarted("r1", "ask_1"))
    play(e.AudioDelta("r1", "i1", bytes(48 * 2000)))
    play(done(calls=(e.FunctionCall("c1", "open_door", '{"door": 1}'),)))
    play(e.ResponseStarted("r2", "ask_2"))
    play(e.AudioDelta("r2", "i2", bytes(48 * 2000)))
    play(e.Disconnected(1, "gone"))
    (told,) = play(e.Connected(2))
    assert isinstance(told, c.RestoreMessage)
    assert told.role == "system"
    assert told.text.startswith('open_door({"door": 1}) was called')


# ---- visits ----------------------------------------------------------------------
def test_a_visit_is_over() -> None:
    play = visited(visit_idle_s=60)
    assert play.conversation.deadline == play.now + 60
    assert play.tick() == [c.ForgetPreroll(), c.RenewLink()]
    assert play.mode() is Mode.IDLE
    assert play(e.UserTranscribed("u1", "late")) == []
    assert play(LEFT) == []
    assert play(e.Connected(2)) == []
    assert play.conversation.deadline is None


def test_a_long_press_forgets_at_once() -> None:
    play = visited()
    play.listening()
    commands = play(e.ForgetRequested())
    assert commands[:3] == [c.CloseUplink(), c.ClearInput(), c.PlayCue(Cue.FORGOTTEN)]
    assert commands[3:] == [c.ForgetPreroll(), c.RenewLink()]
    play(LEFT)
    assert play(e.Connected(2)) == []


def test_forgetting_without_a_link() -> None:
    play = visited()
    play(e.Disconnected(1, "gone"))
    assert play(e.ForgetRequested()) == [c.PlayCue(Cue.FORGOTTEN), c.ForgetPreroll()]
    assert play(e.Connected(2)) == []


# ---- a link that rests -----------------------------------------------------------
def test_the_link_rests_and_no_word_is_lost() -> None:
    play = visited(idle_close_s=60)
    assert play.tick() == [c.CloseLink()]
    assert play.mode() is Mode.IDLE
    play(LEFT)
    assert play.conversation.deadline is None
    assert play(e.ButtonPressed())[0] == c.OpenLink()
    play(e.UplinkOpened(2, "button", 0))
    play(e.MicAudioRecorded(2, PCM))
    assert play(e.Connected(2)) == [*SAID, c.AppendAudio(PCM)]


def test_a_link_that_is_being_opened_is_no_reason_to_complain() -> None:
    play = visited(idle_close_s=60)
    play.tick()
    play(LEFT)
    assert play(e.TextEntered("Hello")) == [c.OpenLink()]
    assert play(e.LinkFailed("dns", "no", told=False)) == []
    assert play(e.TextEntered("Hello?")) == [c.OpenLink(), c.PlayCue(Cue.OFFLINE)]
    assert play.mode() is Mode.OFFLINE


def test_both_at_once() -> None:
    play = visited(idle_close_s=60, visit_idle_s=60)
    assert play.tick() == [c.CloseLink(), c.ForgetPreroll()]
    play(LEFT)
    play(e.ButtonPressed())
    assert play(e.Connected(2)) == []


# ---- the next session, before this one expires -----------------------------------
def test_it_moves_in_a_lull() -> None:
    play = visited()
    assert play(e.LinkPrepared(urgent=False)) == []
    assert play.conversation.deadline == play.now + 2
    assert play.tick() == [c.SwitchLink(), *SAID]
    assert play.conversation.deadline is None


def test_a_turn_is_not_disturbed() -> None:
    play = Play().speaking()
    assert play(e.LinkPrepared(urgent=False)) == []
    play(done(item_ids=("i1",)))
    play(drained(i1=1000))
    assert play.tick() == [c.SwitchLink()]


def test_an_answer_is_received_to_its_end_before_it_moves() -> None:
    play = Play().speaking()
    assert play(e.LinkPrepared(urgent=True)) == []
    assert play(done(item_ids=("i1",))) == [c.FinishPlayback(), c.SwitchLink()]
    assert play.turn() is Turn.SPEAKING
    assert play(drained(i1=1000)) == []
    assert play.turn() is Turn.IDLE


def test_what_was_heard_of_an_answer_is_told_before_it_moves() -> None:
    play = Play().speaking()
    play(e.LinkPrepared(urgent=True))
    assert c.SwitchLink() not in play(e.ButtonPressed())
    told = play(e.PlaybackStopped((e.Heard("i1", 300),), 0))
    again = [c.AppendAudio(PCM), c.CommitInput()]  # too little of its answer was heard
    assert told == [c.TruncateItem("i1", 300), c.SwitchLink(), *again]


def test_an_urgent_move_waits_for_no_lull() -> None:
    play = visited()
    assert play(e.LinkPrepared(urgent=True)) == [c.SwitchLink(), *SAID]


@pytest.mark.parametrize("urgent", [False, True])
def test_who_talks_on_is_moved_with_all_that_was_said(urgent: bool) -> None:
    play = Play().listening()
    moved = [c.SwitchLink(), c.AppendAudio(PCM)]
    assert play(e.LinkPrepared(urgent=urgent)) == (moved if urgent else [])
    assert play(e.MicAudioRecorded(1, PCM)) == [c.AppendAudio(PCM)]


def test_a_question_is_moved_too() -> None:
    play = Play().thinking()
    assert play(e.LinkPrepared(urgent=True)) == [
        c.SwitchLink(),
        c.AppendAudio(PCM),
        c.CommitInput(),
        ASK("ask_2"),
    ]
    assert play(e.ResponseStarted("r9", "ask_1")) == [c.CancelResponse("r9")]


def heard_by_the_service() -> Play:
    play = Play(mode="hands-free", end="server")
    play(e.SpeechStarted(100))
    play(e.UplinkOpened(1, "speech", 0))
    play(e.MicAudioRecorded(1, PCM))
    play(e.ServiceSpeechStarted("u1", 100))
    return play


def test_an_utterance_that_the_service_has_ended_is_moved_whole() -> None:
    play = heard_by_the_service()
    play(e.InputCommitted("u1"))
    assert play.turn() is Turn.THINKING
    asked = [c.AppendAudio(PCM), c.CommitInput()]
    assert play(e.LinkPrepared(urgent=True)) == [
        c.SwitchLink(),
        c.DetectTurns(False),
        *asked,
        c.DetectTurns(True),
        ASK("ask_1"),
    ]


def test_one_that_is_over_but_not_ended_by_the_service_is_ended_by_the_device() -> None:
    play = heard_by_the_service()
    play(e.SpeechEnded(500))
    moved = play(e.LinkPrepared(urgent=True))
    assert moved[:2] == [c.CloseUplink(), c.SwitchLink()]
    assert play(e.UplinkClosed(1, 400, 900))[0] == c.CommitInput()


def test_a_prepared_session_is_lost_with_the_link() -> None:
    play = visited()
    play(e.LinkPrepared(urgent=False))
    play(e.Disconnected(1, "gone"))
    assert play.conversation.deadline is None


def test_who_has_left_is_not_moved() -> None:
    play = visited(visit_idle_s=2)
    play(e.LinkPrepared(urgent=False))
    assert play.tick() == [c.ForgetPreroll(), c.RenewLink()]


# ---- money -----------------------------------------------------------------------
def test_a_day_that_has_cost_enough() -> None:
    play = Play(mode="hands-free")
    play(e.BudgetSpent(True))
    assert play(e.ButtonPressed()) == [c.PlayCue(Cue.DAILY_COST)]
    assert play(e.UplinkOpened(1, "speech", 0)) == []
    assert play(e.MicAudioRecorded(1, PCM)) == []
    assert play(e.SpeechEnded(500)) == [c.CloseUplink(), c.PlayCue(Cue.DAILY_COST)]  # once, and not over them
    assert play(e.TextEntered("Hello")) == [c.PlayCue(Cue.DAILY_COST)]
    assert play.turn() is Turn.IDLE
    play(e.BudgetSpent(False))
    assert c.PlayCue(Cue.LISTENING) in play(e.ButtonPressed())


def test_who_is_talking_is_let_finish_and_then_told() -> None:
    play = Play().listening()
    play(e.BudgetSpent(True))
    assert play(e.ButtonReleased()) == [c.CloseUplink()]
    told = play(e.UplinkClosed(1, 400, 1000))
    assert c.PlayCue(Cue.DAILY_COST) in told
    assert ASK("ask_1") not in told
    assert c.CommitInput() not in told


def test_what_waits_for_a_link_is_not_asked_on_a_spent_budget() -> None:
    play = Play(online=False).thinking()
    assert play(e.BudgetSpent(True)) == [c.PlayCue(Cue.DAILY_COST)]
    assert play(e.Connected(1)) == []
    play = Play().thinking()
    assert play(e.BudgetSpent(True)) == []  # it is ordered, and paid for
    play = Play(mode="hands-free", end="server")
    play(e.UplinkOpened(1, "speech", 0))
    play(e.MicAudioRecorded(1, PCM))
    play(e.BudgetSpent(True))
    play(e.InputCommitted("u1"))
    assert play.turn() is Turn.IDLE
    assert play(e.ResponseStarted("r1")) == [c.CancelResponse("r1")]


# ---- too much to keep ------------------------------------------------------------
def test_more_than_can_be_kept_is_said() -> None:
    play = Play(online=False)
    minute = bytes(48 * 40_000)
    for number in (1, 2):
        play(e.ButtonPressed())
        play(e.UplinkOpened(number, "button", 0))
        play(e.MicAudioRecorded(number, minute))
        play(e.ButtonReleased())
        commands = play(e.UplinkClosed(number, 400, 40_000))
    assert c.PlayCue(Cue.LOST_WORDS) in commands
    sent = [command for command in play(e.Connected(1)) if isinstance(command, c.AppendAudio)]
    assert len(sent) == 1
