"""The link comes and goes in the middle of turns."""

from __future__ import annotations

import pytest

from edge_agent.conversation.calls import NO_FUNCTION
from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.commands import Cue
from edge_agent.vocabulary.state import Mode, Turn

from .playbook import ASK, CALL, PCM, Play, done, drained


def test_a_press_before_the_link_is_up() -> None:
    play = Play(online=False)
    assert play.mode() is Mode.OFFLINE
    play.listening()
    assert play.mode() is Mode.LISTENING
    play(e.MicAudioRecorded(1, PCM))
    assert play(e.Connected(1)) == [c.AppendAudio(PCM), c.AppendAudio(PCM)]
    assert play(e.MicAudioRecorded(1, PCM)) == [c.AppendAudio(PCM)]


def test_a_question_waits_for_the_link() -> None:
    play = Play(online=False).listening()
    play(e.ButtonReleased())
    assert play(e.UplinkClosed(1, 200, 500)) == [c.PlayCue(Cue.OFFLINE)]
    assert play.mode() is Mode.OFFLINE
    assert play(e.Connected(1), after=5) == [c.AppendAudio(PCM), c.CommitInput(), ASK("ask_1")]
    assert play.mode() is Mode.THINKING


@pytest.mark.parametrize("end", ["server", "semantic"])
def test_the_service_does_not_cut_up_a_question_that_has_waited(end: str) -> None:
    play = Play(mode="hands-free", end=end, online=False)
    play(e.UplinkOpened(1, "speech", 0))
    play(e.MicAudioRecorded(1, PCM))
    play(e.SpeechEnded(900))
    play(e.UplinkClosed(1, 300, 900))
    assert play(e.Connected(1)) == [
        c.DetectTurns(False),
        c.AppendAudio(PCM),
        c.CommitInput(),
        c.DetectTurns(True),
        ASK("ask_1"),
    ]
    assert play(e.ServiceSpeechStarted("u1", 0)) == []  # from one that listens in spite of it
    play(e.InputCommitted("u1"))
    play(e.ResponseStarted("r1", "ask_1"))
    assert play(e.AudioDelta("r1", "i1", PCM)) == [c.Play("i1", PCM)]


def test_questions_that_wait_are_answered_together() -> None:
    play = Play(online=False).thinking()
    play(e.ButtonPressed())
    play(e.UplinkOpened(2, "button", 2000))
    play(e.MicAudioRecorded(2, PCM * 2))
    play(e.ButtonReleased())
    assert play(e.UplinkClosed(2, 400, 3000)) == [c.PlayCue(Cue.OFFLINE)]
    play(e.TextEntered("and this"))
    said = [c.AppendAudio(PCM), c.CommitInput(), c.AppendAudio(PCM * 2), c.CommitInput()]
    assert play(e.Connected(1)) == [*said, c.CreateUserText("and this"), ASK("ask_1")]


def test_the_link_is_back_in_the_middle_of_the_second_question() -> None:
    play = Play(mode="hands-free", end="server", online=False)
    play(e.UplinkOpened(1, "speech", 0))
    play(e.MicAudioRecorded(1, PCM))
    play(e.UplinkClosed(1, 300, 900))
    play(e.UplinkOpened(2, "speech", 1000))
    play(e.MicAudioRecorded(2, PCM * 2))
    replay = [c.DetectTurns(False), c.AppendAudio(PCM), c.CommitInput(), c.DetectTurns(True)]
    assert play(e.Connected(1)) == [*replay, c.AppendAudio(PCM * 2)]
    assert play(e.InputCommitted("u1")) == []
    assert play.turn() is Turn.LISTENING
    assert play(e.InputCommitted("u2")) == [c.CloseUplink()]


def test_the_link_is_back_in_the_middle_of_what_the_service_would_end() -> None:
    play = Play(mode="hands-free", end="server")
    play(e.UplinkOpened(1, "speech", 0))
    play(e.MicAudioRecorded(1, PCM))
    play(e.Disconnected(1, "gone"))
    play(e.MicAudioRecorded(1, PCM))
    assert play(e.Connected(2)) == [c.DetectTurns(False), c.AppendAudio(PCM), c.AppendAudio(PCM)]
    assert play(e.MicAudioRecorded(1, PCM)) == [c.AppendAudio(PCM)]
    assert play(e.SpeechEnded(900)) == [c.CloseUplink()]
    commands = play(e.UplinkClosed(1, 300, 900))
    assert commands == [c.CommitInput(), c.DetectTurns(True), ASK("ask_1"), c.PlayCue(Cue.DONE)]


def test_the_link_drops_before_the_service_has_ended_it() -> None:
    play = Play(mode="hands-free", end="server")
    play(e.UplinkOpened(1, "speech", 0))
    play(e.MicAudioRecorded(1, PCM))
    play(e.SpeechEnded(900))
    assert play(e.Disconnected(1, "gone")) == [c.CloseUplink()]


def test_a_press_without_a_word_does_not_drop_what_waits() -> None:
    play = Play(online=False).thinking()
    play(e.ButtonPressed())
    play(e.UplinkOpened(2, "button", 2000))
    play(e.MicAudioRecorded(2, PCM))
    play(e.Connected(1))
    play(e.ButtonReleased())
    assert play(e.UplinkClosed(2, 0, 2100)) == [c.ClearInput(), ASK("ask_1"), c.PlayCue(Cue.DONE)]


def test_mute_drops_what_waits() -> None:
    play = Play(online=False).thinking()
    play(e.MuteSwitched(True))
    assert play(e.Connected(1)) == []


def test_a_question_does_not_wait_for_ever() -> None:
    play = Play(online=False, offline_s=30).thinking()
    assert play.conversation.deadline == 130
    assert play.tick() == [c.PlayCue(Cue.NO_NETWORK)]  # the tones for offline say that it is kept
    assert play.turn() is Turn.IDLE


def test_waiting_is_no_use() -> None:
    play = Play(online=False)
    play(e.LinkFailed("dns", "no network", told=False))
    play.thinking()
    assert play(e.LinkFailed("unauthorized", "the key was refused", told=True)) == [
        c.PlayCue(Cue.CANNOT_SIGN_IN)
    ]
    play(e.ButtonPressed())
    play(e.UplinkOpened(2, "button", 0))
    play(e.MicAudioRecorded(2, PCM))
    assert (
        play(e.LinkFailed("unauthorized", "the key was refused", told=True)) == []
    )  # it was tried once more
    assert play(e.UplinkClosed(2, 200, 500)) == [c.PlayCue(Cue.CANNOT_SIGN_IN)]
    assert play.turn() is Turn.IDLE
    assert play(e.LinkFailed("unauthorized", "the key was refused", told=True)) == []
    play(e.Connected(1))
    play.thinking()


def test_a_link_that_seemed_hopeless_is_tried_again_for_the_next_question() -> None:
    """A press opens the link at once, whatever failed before; so what is asked waits for that attempt."""
    play = Play(online=False)
    play(e.LinkFailed("clock", "the clock is wrong", told=True))
    opened = play(e.ButtonPressed())
    assert c.OpenLink() in opened
    play(e.UplinkOpened(1, "button", 0))
    play(e.MicAudioRecorded(1, PCM))
    play(e.ButtonReleased())
    asked = play(e.UplinkClosed(1, 400, 1000))
    assert play.turn() is Turn.THINKING
    assert c.PlayCue(Cue.CLOCK_NOT_SET) not in asked
    assert ASK("ask_1") in play(e.Connected(1), after=1.0)


def test_the_link_drops_while_listening() -> None:
    play = Play().listening()
    assert play(e.Disconnected(1, "gone")) == []
    assert play(e.MicAudioRecorded(1, PCM)) == []
    assert play(e.Connected(2)) == [c.AppendAudio(PCM), c.AppendAudio(PCM)]


def test_the_link_drops_before_the_answer() -> None:
    play = Play().thinking()
    play(e.ResponseStarted("r1", "ask_1"))
    assert play(e.Disconnected(1, "gone")) == []
    assert play(e.Connected(2)) == [c.AppendAudio(PCM), c.CommitInput(), ASK("ask_2")]


def test_the_link_drops_in_the_middle_of_the_answer() -> None:
    play = Play().speaking()
    assert play(e.Disconnected(1, "gone")) == [c.FinishPlayback()]  # what came is still worth hearing
    play(e.Connected(2))
    play(e.InterruptRequested())
    assert play(e.PlaybackStopped((e.Heard("i1", 300),), 0)) == []  # this connection does not know the item
    play = Play().speaking()
    play(e.Disconnected(1, "gone"))
    assert play(drained(i1=1000)) == [c.PlayCue(Cue.OFFLINE)]


def test_the_link_drops_when_the_answer_has_hardly_begun() -> None:
    play = Play().speaking(40)
    assert play(e.Disconnected(1, "gone")) == [c.StopPlayback()]
    assert play(e.PlaybackStopped((e.Heard("i1", 0),), 0)) == []
    assert play.turn() is Turn.THINKING
    assert play.conversation.deadline == 130
    assert play(e.Connected(2)) == [c.AppendAudio(PCM), c.CommitInput(), ASK("ask_2")]
    play = Play().speaking(40)
    play(done(item_ids=("i1",)))
    assert play(e.Disconnected(1, "gone")) == [c.FinishPlayback()]  # a short answer, but all of it


def test_the_service_took_in_less_than_can_be_said_again() -> None:
    play = Play(mode="hands-free", end="server")
    play(e.UplinkOpened(1, "speech", 80))
    play(e.MicAudioRecorded(1, bytes(48 * 90)))
    play(e.InputCommitted("u1"))
    assert play(e.Disconnected(1, "gone")) == [c.PlayCue(Cue.GAVE_UP)]  # nothing of it is kept


def test_the_link_drops_while_a_function_is_answered() -> None:
    play = Play().thinking()
    play(e.ResponseStarted("r1", "ask_1"))
    play(e.AudioDelta("r1", "i1", PCM * 5))
    play(done(calls=(CALL,)))
    play(drained(i1=1000))
    assert play.turn() is Turn.THINKING
    assert play(e.Disconnected(1, "gone")) == []  # what was heard was not all of the answer
    again = [c.RestoreCall("c1", "f", "{}"), c.CreateFunctionOutput("c1", NO_FUNCTION)]
    assert play(e.Connected(2)) == [c.AppendAudio(PCM), c.CommitInput(), *again, ASK("ask_3")]
    play = Play().speaking(200)
    play(done(calls=(CALL,)))
    play(drained(i1=200))
    play(e.Disconnected(1, "gone"))
    assert play(e.Connected(2)) == [c.AppendAudio(PCM), c.CommitInput(), *again, ASK("ask_3")]


def test_idle_the_link_may_come_and_go() -> None:
    play = Play()
    assert play(e.Disconnected(1, "gone")) == []
    assert play.mode() is Mode.OFFLINE
    assert play(e.Connected(2)) == []
    assert play.mode() is Mode.IDLE
