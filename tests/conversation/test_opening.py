"""The device begins: a conversation, or a question that somebody wants answered."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from edge_agent.conversation.parts.opening import ASK as QUESTION
from edge_agent.conversation.parts.opening import ASKED as ASKED_ALOUD
from edge_agent.conversation.parts.opening import BEGIN, TAIL_S
from edge_agent.conversation.user_reply import TRANSCRIPT_S
from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.commands import Cue
from edge_agent.vocabulary.state import Turn

from .playbook import ASK, PCM, Play, done, drained, with_sound

START = e.OpeningRequested(1)
TALK = e.OpeningRequested(1, "the weather")
SHUTTERS = "Shall I close the shutters?"
ASKED = e.OpeningRequested(1, SHUTTERS, wants_words=True, answer_s=12)
TONE = c.PlayCue(Cue.LISTENING)
OPEN = [c.ForgetPreroll(), c.OpenUplink("silence")]


def settled(play: Play) -> list[tuple[str, str]]:
    return [(output.outcome, output.text) for output in play.last if isinstance(output, c.SettleOpening)]


def said(play: Play) -> Play:
    """The service has said what the device begins with."""
    play(e.ResponseStarted("r1", "ask_1"))
    play(e.AudioDelta("r1", "i1", PCM))
    play(done(item_ids=("i1",)))
    play(drained(i1=200))
    play.tick()
    return play


def asked(**settings: Any) -> Play:
    """The question was heard, and the microphone is open."""
    play = with_sound(**settings)
    play(ASKED)
    said(play)
    assert play.turn() is Turn.LISTENING
    play(e.UplinkOpened(1, "button", 0))
    return play


def answered(**settings: Any) -> Play:
    """Somebody has said something, and the service has taken it in."""
    play = asked(**settings)
    play(e.SpeechStarted(0))
    play(e.MicAudioRecorded(1, PCM))
    play(e.UplinkClosed(1, 400, 1000))
    play(e.InputCommitted("u1"))
    assert play.turn() is Turn.THINKING
    return play


@pytest.mark.parametrize("settings", [{"button": "hold"}, {"button": "tap"}, {"mode": "hands-free"}])
def test_it_listens_as_after_a_press_and_nobody_need_hold_the_button(settings: Any) -> None:
    play = with_sound(**settings)
    assert play(START) == [TONE]
    assert play(e.UserTranscribed("u0", "of before")) == []
    assert play.tick() == [*OPEN, c.SettleOpening(1, "started")]
    assert play.now == pytest.approx(100 + TAIL_S)
    play(e.UplinkOpened(1, "button", 0))
    assert play(e.ButtonReleased()) == []
    assert play.turn() is Turn.LISTENING
    play(e.SpeechStarted(0))
    play(e.MicAudioRecorded(1, PCM))
    assert ASK("ask_1") in play(e.UplinkClosed(1, 400, 1000))


def test_who_takes_the_button_then_holds_it() -> None:
    play = with_sound(button="hold")
    play(START)
    play.tick()
    play(e.UplinkOpened(1, "button", 0))
    assert play(e.ButtonPressed()) == [c.OpenUplink("closed")]
    assert play(e.ButtonReleased()) == [c.CloseUplink()]


def test_with_words_the_service_begins_and_the_microphone_opens_after() -> None:
    play = with_sound()
    assert play(TALK) == [c.RestoreMessage("system", BEGIN.format("the weather")), ASK("ask_1")]
    assert settled(said(play)) == [("started", "")]
    assert play.last[:2] == OPEN


@pytest.mark.parametrize(
    ("before", "outcome"),
    [
        ([e.MuteSwitched(True)], "muted"),
        ([e.ButtonPressed()], "busy"),
        ([e.TextEntered("Hello")], "busy"),
        ([e.AnnouncementMade(1, PCM)], "busy"),
        ([e.TimeReached(1, "timer", "Tea.")], "busy"),
        ([e.BudgetSpent(True)], "failed"),
        ([e.AudioLost("speaker", "unplugged")], "failed"),
        ([e.Disconnected(1, "gone"), e.LinkFailed("dns", "no network", told=False)], "failed"),
        ([ASKED], "busy"),
    ],
)
def test_when_it_cannot_begin_it_says_so_at_once_and_opens_nothing(
    before: list[e.Event], outcome: str
) -> None:
    play = with_sound()
    for event in before:
        play(event)
    turn = play.turn()
    assert play(TALK) == [c.SettleOpening(1, outcome)]  # type: ignore[arg-type]
    assert play.turn() is turn


def test_a_question_is_answered_with_words() -> None:
    play = answered()
    assert settled(play) == []
    play(e.UserTranscribed("u1", " Yes, please. "))
    assert settled(play) == [("answered", "Yes, please.")]
    assert play(e.UserTranscribed("u1", "again")) == []


def test_the_service_is_told_that_it_is_a_question_of_somebody_else() -> None:
    play = with_sound()
    assert c.RestoreMessage("system", QUESTION.format(SHUTTERS)) in play(ASKED)


def test_both_parts_of_an_answer_with_a_pause_are_told() -> None:
    play = answered(mode="hands-free")
    play(e.UplinkOpened(2, "speech", 0))
    assert play.turn() is Turn.LISTENING
    play(e.UserTranscribed("u1", "Yes,"))
    play(e.MicAudioRecorded(2, PCM))
    play(e.UplinkClosed(2, 400, 1000))
    assert settled(play) == []
    play(e.InputCommitted("u2"))
    play(e.UserTranscribed("u2", "please."))
    assert settled(play) == [("answered", "Yes, please.")]


def test_whoever_breaks_into_the_question_answers_it() -> None:
    play = with_sound(mode="hands-free")
    play(ASKED)
    play(e.ResponseStarted("r1", "ask_1"))
    play(e.AudioDelta("r1", "i1", PCM))
    play(e.UplinkOpened(1, "speech", 0))
    play(e.PlaybackStopped((e.Heard("i1", 100),), 0))
    play(e.MicAudioRecorded(1, PCM))
    play(e.UplinkClosed(1, 400, 1000))
    play(e.InputCommitted("u1"))
    play(e.UserTranscribed("u1", "Yes."))
    assert settled(play) == [("answered", "Yes.")]


def test_nobody_answers() -> None:
    play = asked()
    assert play.conversation.deadline == pytest.approx(play.now + 12)
    play.tick()
    assert settled(play) == [("nobody-answered", "")]
    assert play.turn() is Turn.IDLE


def test_a_time_to_answer_is_no_longer_than_an_utterance() -> None:
    play = with_sound(listen_s=5)
    play(ASKED)
    said(play)
    play(e.UplinkOpened(1, "button", 0))
    assert play.conversation.deadline == pytest.approx(play.now + 5)


@pytest.mark.parametrize(
    ("event", "outcome"),
    [
        (e.MuteSwitched(True), "muted"),
        (e.InterruptRequested(), "interrupted"),
        (e.StopRequested(), "interrupted"),
        (e.AudioLost("sound", "crash"), "failed"),
    ],
)
@pytest.mark.parametrize("while_saying", [True, False])
def test_it_is_broken_off(event: e.Event, outcome: str, while_saying: bool) -> None:
    play = with_sound()
    play(ASKED)
    if while_saying:
        play(e.ResponseStarted("r1", "ask_1"))
        play(e.AudioDelta("r1", "i1", PCM))
    else:
        said(play)
    play(event)
    assert settled(play) == [(outcome, "")]


def test_somebody_else_asks_meanwhile() -> None:
    play = with_sound()
    play(ASKED)
    play(e.TextEntered("Hello"))
    assert settled(play) == [("interrupted", "")]


def test_a_question_that_cannot_be_said() -> None:
    play = with_sound()
    play(ASKED)
    play(e.Disconnected(1, "gone"))
    play(e.LinkFailed("unauthorized", "key refused", told=True))
    assert settled(play) == [("failed", "")]


@pytest.mark.parametrize("tells", [e.TranscriptionFailed("u1", "no"), e.Tick()])
def test_an_answer_that_is_not_written_down(tells: e.Event) -> None:
    play = answered()
    play(tells, after=TRANSCRIPT_S)
    assert settled(play) == [("not-transcribed", "")]


def test_an_answer_that_is_sent_again_is_awaited_again() -> None:
    play = answered()
    play(e.Disconnected(1, "gone"))
    assert settled(play) == []
    play(e.Connected(2), after=TRANSCRIPT_S - 1)
    play(e.InputCommitted("u9"), after=2)
    assert settled(play) == []
    play(e.UserTranscribed("u9", "Yes."))
    assert settled(play) == [("answered", "Yes.")]


def test_an_answer_without_a_link_to_the_end_is_lost() -> None:
    play = answered()
    play(e.Disconnected(1, "gone"))
    while play.turn() is not Turn.IDLE:
        play.tick()
    assert settled(play) == [("failed", "")]


@pytest.mark.parametrize("online", [True, False])
def test_what_was_said_on_the_device_the_service_is_told(online: bool) -> None:
    play = with_sound(online=online)
    outputs = play(e.OpeningRequested(1, SHUTTERS, is_said=True, wants_words=True))
    told = c.RestoreMessage("system", ASKED_ALOUD.format(SHUTTERS))
    assert (told in outputs) is online
    assert outputs[-1] == TONE
    play.tick()
    assert play.turn() is Turn.LISTENING
    if not online:
        assert replace(told, item_id="told_1") in play(e.Connected(1))


@pytest.mark.parametrize(
    ("sounds", "is_over"),
    [
        (e.AnnouncementMade(1, PCM), e.AnnouncementPlayed(1, 5)),
        (e.TimeReached(1, "timer", "Tea."), e.InterruptRequested()),
    ],
)
def test_a_question_that_was_heard_waits_for_what_sounds_after_it(sounds: e.Event, is_over: e.Event) -> None:
    play = with_sound(online=False)
    play(sounds)
    play(e.OpeningRequested(1, SHUTTERS, is_said=True, wants_words=True))
    assert settled(play) == []
    assert TONE not in play.last
    assert TONE in play(is_over)
    play.tick()
    assert play.turn() is Turn.LISTENING


def test_a_question_that_was_heard_does_not_break_into_a_turn() -> None:
    play = with_sound()
    play(e.ButtonPressed())
    play(e.OpeningRequested(1, SHUTTERS, is_said=True, wants_words=True))
    assert settled(play) == [("busy", "")]


def test_an_announcement_before_it_listens_restarts_the_wait() -> None:
    play = with_sound()
    play(START)
    play(e.AnnouncementMade(1, PCM))
    assert play.conversation.deadline is not None
    assert play.conversation.deadline > play.now + TAIL_S
    assert TONE in play(e.AnnouncementPlayed(1, 5))


def test_whoever_speaks_before_it_listens_is_heard() -> None:
    play = with_sound(mode="hands-free")
    play(START)
    play(e.UplinkOpened(1, "speech", 0))
    assert settled(play) == [("started", "")]


def test_it_waits_for_an_announcement_before_it_listens() -> None:
    play = with_sound()
    play(ASKED)
    play(e.AnnouncementMade(1, PCM))
    said(play)
    assert TONE not in play.last
    assert play.conversation.state.announcing
    play(e.AnnouncementPlayed(1, 5))
    play.tick()
    assert play.turn() is Turn.LISTENING


def test_in_mode_wake_word_it_counts_as_a_call() -> None:
    play = with_sound(mode="wake-word", online=False, follow_up_s=4.0)
    play(START)
    assert c.OpenLink() in play.tick()
    play(e.Connected(1))
    play(e.UplinkOpened(1, "button", 0))
    play(e.SpeechStarted(0))
    play(e.MicAudioRecorded(1, PCM))
    play(e.UplinkClosed(1, 400, 1000))
    play(e.ResponseStarted("r1", "ask_1"))
    play(e.AudioDelta("r1", "i1", PCM))
    play(done(item_ids=("i1",)))
    assert c.AcceptVoice(True) in play(drained(i1=200))
