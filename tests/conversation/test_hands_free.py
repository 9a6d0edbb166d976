"""Turns that a voice begins, and the device or the service ends."""

from __future__ import annotations

import pytest

from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.commands import Cue
from edge_agent.vocabulary.state import Turn

from .playbook import ASK, PCM, Play, done


def test_a_voice_opens_silence_ends() -> None:
    play = Play(mode="hands-free")
    play(e.SpeechStarted(80))
    assert play(e.UplinkOpened(1, "speech", 80)) == []
    assert play.turn() is Turn.LISTENING
    play(e.MicAudioRecorded(1, PCM))
    assert play(e.SpeechEnded(900)) == []
    assert play(e.UplinkClosed(1, 300, 900)) == [c.CommitInput(), ASK("ask_1"), c.PlayCue(Cue.DONE)]


def test_who_had_only_paused_goes_on_before_the_answer() -> None:
    """The pause was taken for the end: what was said before and after it is answered together, and nothing is lost."""
    play = Play(mode="hands-free")
    play(e.UplinkOpened(1, "speech", 80))
    play(e.MicAudioRecorded(1, PCM))
    play(e.UplinkClosed(1, 300, 900))
    play(e.InputCommitted("u1"))
    play(e.ResponseStarted("r1", "ask_1"))
    assert play(e.UplinkOpened(2, "speech", 1200)) == [c.CancelResponse("r1")]
    assert play(e.MicAudioRecorded(2, PCM)) == [c.AppendAudio(PCM)]
    assert play(e.UplinkClosed(2, 300, 2000)) == [c.CommitInput(), c.PlayCue(Cue.DONE)]
    play(e.InputCommitted("u2"))
    assert play(done("r1", "cancelled")) == [ASK("ask_2")]
    assert play(e.ResponseStarted("r2", "ask_2")) == []
    assert play(e.AudioDelta("r2", "i2", PCM)) == [c.Play("i2", PCM)]


def test_a_voice_over_the_answer() -> None:
    play = Play(mode="hands-free").speaking()
    assert play(e.UplinkOpened(2, "speech", 80)) == [c.StopPlayback(), c.CancelResponse("r1")]
    assert play(e.MicAudioRecorded(2, PCM)) == [c.AppendAudio(PCM)]


def test_a_press_hands_free_is_a_tap() -> None:
    play = Play(mode="hands-free")
    assert play(e.ButtonPressed())[0] == c.OpenUplink("silence")
    play(e.UplinkOpened(1, "speech", 80))
    assert play(e.ButtonPressed()) == [c.CloseUplink()]


@pytest.mark.parametrize("end", ["server", "semantic"])
def test_the_service_ends_the_turn(end: str) -> None:
    play = Play(mode="hands-free", end=end)
    play(e.UplinkOpened(1, "speech", 80))
    play(e.MicAudioRecorded(1, PCM))
    play(e.SpeechEnded(900))
    assert play.conversation.deadline == (102.0 if end == "server" else 110)  # not for ever
    play(e.ServiceSpeechStarted("u1", 0))
    assert play.conversation.deadline == 160
    play(e.ServiceSpeechStopped("u1", 500))
    assert play(e.InputCommitted("u1")) == [c.CloseUplink()]
    assert play.turn() is Turn.THINKING
    assert play(e.MicAudioRecorded(1, PCM)) == []
    assert play(e.ResponseStarted("r1")) == []
    assert play(e.AudioDelta("r1", "i1", PCM)) == [c.Play("i1", PCM)]


@pytest.mark.parametrize("end", ["server", "semantic"])
def test_a_button_does_not_take_the_end_from_the_service(end: str) -> None:
    play = Play(mode="hands-free", end=end)
    assert play(e.ButtonPressed())[0] == c.OpenUplink("closed")
    play(e.UplinkOpened(1, "button", 0))
    assert play.conversation.deadline == 108  # for the first word
    play(e.MicAudioRecorded(1, PCM))
    play(e.SpeechStarted(100))
    assert play(e.SpeechEnded(900)) == []
    assert play(e.InputCommitted("u1")) == [c.CloseUplink()]


def test_what_the_service_says_late_of_our_utterance() -> None:
    """Its commit and its voice detection are about the utterance before, until it has confirmed ours."""
    play = Play(mode="hands-free", end="server")
    play(e.UplinkOpened(1, "speech", 0))
    play(e.MicAudioRecorded(1, PCM))
    play(e.ButtonPressed())
    play(e.UplinkClosed(1, 500, 900))
    assert play(e.ServiceSpeechStarted("u1", 0)) == []
    assert play.turn() is Turn.THINKING
    play(e.UplinkOpened(2, "speech", 1000))
    play(e.MicAudioRecorded(2, PCM))
    assert play(e.InputCommitted("u1")) == []
    assert play.turn() is Turn.LISTENING
    assert play(e.InputCommitted("u2")) == [c.CloseUplink()]


def test_the_service_had_ended_it_already() -> None:
    play = Play(mode="hands-free", end="server")
    play(e.UplinkOpened(1, "speech", 0))
    play(e.MicAudioRecorded(1, PCM))
    play(e.ButtonPressed())
    play(e.UplinkClosed(1, 500, 900))
    play(e.InputCommitted("u1"))  # by the service: it crossed ours
    play(e.ResponseStarted("r1"))
    assert play(e.ServiceErred("input_audio_buffer_commit_empty", "nothing there")) == []
    assert play(e.ServiceErred("conversation_already_has_active_response", "busy", "ask_1")) == []
    assert play(e.AudioDelta("r1", "i1", PCM)) == [c.Play("i1", PCM)]
    assert play(e.ServiceSpeechStarted("u2", 900))[0] == c.StopPlayback()


def test_the_service_hears_nothing_the_gate_heard_something() -> None:
    play = Play(mode="hands-free", end="server")
    play(e.UplinkOpened(1, "speech", 80))
    play(e.MicAudioRecorded(1, PCM))
    play(e.SpeechEnded(900))
    assert play.tick() == [c.CloseUplink()]
    assert c.CommitInput() in play(e.UplinkClosed(1, 300, 11_000))


def test_the_service_hears_the_user_go_on() -> None:
    play = Play(mode="hands-free", end="server")
    play(e.UplinkOpened(1, "speech", 80))
    play(e.MicAudioRecorded(1, PCM))
    play(e.InputCommitted("u1"))
    play(e.ResponseStarted("r1"))
    play(e.AudioDelta("r1", "i1", PCM))
    # it cancels the answer by itself: no cancel from us
    assert play(e.ServiceSpeechStarted("u2", 900)) == [c.StopPlayback(), c.OpenUplink("closed")]
    assert play.turn() is Turn.LISTENING
    play(e.UplinkOpened(2, "button", 1000))
    assert play.conversation.deadline == 160
    assert play(done("cancelled", "turn_detected", item_ids=("i1",))) == []


def test_what_the_service_hears_is_no_matter_elsewhere() -> None:
    play = Play(mode="hands-free", end="server")
    assert play(e.ServiceSpeechStarted("u1", 0)) == []  # idle
    play = Play().speaking()
    assert play(e.ServiceSpeechStarted("u1", 0)) == []
    assert play.turn() is Turn.SPEAKING


def test_a_response_that_nobody_wants() -> None:
    assert Play()(e.ResponseStarted("r9")) == [c.CancelResponse("r9")]


def test_offline_the_gate_ends_what_the_service_would() -> None:
    play = Play(mode="hands-free", end="server", online=False)
    play(e.UplinkOpened(1, "speech", 80))
    play(e.MicAudioRecorded(1, PCM))
    assert play(e.SpeechEnded(900)) == [c.CloseUplink()]
    assert play(e.UplinkClosed(1, 300, 900)) == [c.PlayCue(Cue.OFFLINE)]


@pytest.mark.parametrize(("silence_ms", "wait_s"), [(100, 1.1), (500, 2.0), (1000, 3.0), (5000, 6.0)])
def test_a_service_that_is_deaf_is_waited_for_by_its_own_silence(silence_ms: int, wait_s: float) -> None:
    play = Play(mode="hands-free", end="server", silence_duration_ms=silence_ms)
    play(e.UplinkOpened(1, "speech", 80))
    play(e.SpeechEnded(900))
    assert play.conversation.deadline == pytest.approx(100 + wait_s)
