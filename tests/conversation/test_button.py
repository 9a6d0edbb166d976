"""Turns that the button begins and ends."""

from __future__ import annotations

import pytest

from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.commands import Cue
from edge_agent.vocabulary.state import Turn

from .playbook import ASK, PCM, Play, done, drained


def test_hold_talk_release() -> None:
    play = Play()
    assert play(e.ButtonPressed()) == [c.OpenUplink("closed"), c.PlayCue(Cue.LISTENING)]
    assert play(e.UplinkOpened(1, "button", 0)) == []
    assert play(e.MicAudioRecorded(1, PCM)) == [c.AppendAudio(PCM)]
    assert play(e.ButtonReleased()) == [c.CloseUplink()]
    assert play(e.MicAudioRecorded(1, PCM)) == [c.AppendAudio(PCM)]
    assert play(e.UplinkClosed(1, 200, 1000)) == [c.CommitInput(), ASK("ask_1"), c.PlayCue(Cue.DONE)]
    assert play(e.InputCommitted("u1")) == []
    assert play(e.ResponseStarted("r1", "ask_1")) == []
    assert play(e.TranscriptDelta("r1", "i1", "Hello.")) == []
    assert play(e.AudioDelta("r1", "i1", PCM)) == [c.Play("i1", PCM)]
    assert play(e.UserTranscribed("u1", "Hi.")) == []
    assert play(done(item_ids=("i1",))) == [c.FinishPlayback()]
    assert play.turn() is Turn.SPEAKING
    assert play(drained(i1=200)) == []
    assert play.turn() is Turn.IDLE
    assert [(said.role, said.text) for said in play.conversation.said] == [
        ("user", "Hi."),
        ("assistant", "Hello."),
    ]


def test_tap_and_silence() -> None:
    play = Play(button="tap")
    assert play(e.ButtonPressed()) == [c.OpenUplink("silence"), c.PlayCue(Cue.LISTENING)]
    play(e.UplinkOpened(1, "button", 0))
    play(e.ButtonReleased())
    play(e.MicAudioRecorded(1, PCM))
    assert play.turn() is Turn.LISTENING
    assert c.CommitInput() in play(e.UplinkClosed(1, 200, 1000))


def test_a_voice_that_is_there_before_the_recording_counts() -> None:
    play = Play(button="tap")
    play(e.ButtonPressed())
    due = play.conversation.deadline
    play(e.SpeechStarted(0))
    assert play.conversation.deadline == due  # the device must open all the same
    play(e.UplinkOpened(1, "button", 0))
    assert play.conversation.deadline == play.now + play.conversation.keeper.settings.limits.listen_s


def test_tap_to_end() -> None:
    play = Play(button="tap").listening()
    assert play(e.ButtonPressed()) == [c.CloseUplink()]
    assert play(e.ButtonPressed()) == []
    assert c.CommitInput() in play(e.UplinkClosed(1, 200, 1000))


def test_tapped_to_end_it_is_a_question_even_if_the_gate_heard_nothing() -> None:
    play = Play(button="tap").listening()
    play(e.ButtonPressed())
    assert c.CommitInput() in play(e.UplinkClosed(1, 0, 300, -40.0))
    play = Play(button="tap").listening()
    play(e.ButtonPressed())
    assert c.CommitInput() not in play(e.UplinkClosed(1, 0, 299))


def test_tap_without_a_word() -> None:
    play = Play(button="tap", silence_s=8).listening()
    assert play.conversation.deadline == 108
    assert play.tick() == [c.CloseUplink(), c.ClearInput(), c.PlayCue(Cue.GAVE_UP)]
    play = Play(button="tap").listening()
    assert play(e.SpeechStarted(100)) == []
    assert play.conversation.deadline == 160


def test_a_press_in_a_hold_is_a_bounce() -> None:
    assert Play().listening()(e.ButtonPressed()) == []


def test_pressed_anew_before_the_sound_has_closed() -> None:
    play = Play().listening()
    play(e.ButtonReleased())
    assert play(e.ButtonPressed()) == []
    commands = play(e.UplinkClosed(1, 400, 1000))
    assert c.CommitInput() in commands
    assert commands[-2:] == [c.OpenUplink("closed"), c.PlayCue(Cue.LISTENING)]
    assert play.turn() is Turn.LISTENING
    play(e.UplinkOpened(2, "button", 1020))
    assert play(e.MicAudioRecorded(2, PCM)) == [c.AppendAudio(PCM)]
    play = Play().listening()
    for event in (e.ButtonReleased(), e.ButtonPressed(), e.ButtonReleased()):
        play(event)
    play(e.UplinkClosed(1, 400, 1000))
    assert play.turn() is Turn.THINKING  # and gone again: a bounce


def test_a_short_press_without_a_word_is_no_question() -> None:
    play = Play().listening()
    play(e.ButtonReleased())
    assert play(e.UplinkClosed(1, 0, 200)) == [c.ClearInput(), c.CloseUplink()]
    assert play.turn() is Turn.IDLE


def test_a_long_press_is_one_even_if_the_gate_heard_nothing() -> None:
    play = Play().listening()
    play(e.ButtonReleased())
    assert c.CommitInput() in play(e.UplinkClosed(1, 0, 1000, -40.0))


@pytest.mark.parametrize(("loudest_dbfs", "noise_dbfs"), [(-90.0, -90.0), (-42.0, -45.0), (-70.0, -85.0)])
def test_silence_and_noise_are_no_question(loudest_dbfs: float, noise_dbfs: float) -> None:
    """A model answers silence with something made up."""
    play = Play().listening()
    play(e.ButtonReleased())
    told = play(e.UplinkClosed(1, 0, 3000, loudest_dbfs, noise_dbfs))
    assert told == [c.ClearInput(), c.CloseUplink(), c.PlayCue(Cue.NOTHING_HEARD)]
    assert play.turn() is Turn.IDLE


def test_too_little_to_commit() -> None:
    play = Play()
    play(e.ButtonPressed())
    play(e.UplinkOpened(1, "button", 0))
    play(e.MicAudioRecorded(1, bytes(48 * 90)))
    assert play(e.UplinkClosed(1, 90, 1000)) == [c.ClearInput(), c.CloseUplink()]


def test_sound_of_another_utterance_is_not_ours() -> None:
    play = Play()
    play(e.ButtonPressed())
    assert play(e.MicAudioRecorded(1, PCM)) == []
    play(e.UplinkOpened(2, "button", 0))
    assert play(e.MicAudioRecorded(1, PCM)) == []
    assert play(e.UplinkClosed(1, 0, 10)) == []
    assert play(e.UplinkOpened(3, "button", 0)) == []
    assert play(e.MicAudioRecorded(2, PCM)) == [c.AppendAudio(PCM)]


def test_the_longest_utterance_is_answered_not_lost() -> None:
    play = Play().listening()
    assert play.tick() == [c.CloseUplink()]
    assert play.now == 160
    assert c.CommitInput() in play(e.UplinkClosed(1, 0, 60_000, -40.0))


def test_a_voice_does_not_stretch_the_longest_utterance() -> None:
    play = Play().listening()
    play(e.SpeechStarted(100), after=30)
    assert play.conversation.deadline == 160


def test_the_sound_does_not_answer() -> None:
    play = Play()
    play(e.ButtonPressed())
    assert play.tick() == [c.CloseUplink(), c.PlayCue(Cue.GAVE_UP)]
    play = Play().listening()
    play(e.ButtonReleased())
    asked = [c.CloseUplink(), c.CommitInput(), ASK("ask_1"), c.PlayCue(Cue.DONE)]
    assert play.tick() == asked  # with what there is
    play = Play()
    play(e.ButtonPressed())
    play(e.ButtonReleased())
    assert play(e.UplinkOpened(1, "button", 0)) == [c.CloseUplink()]  # once more: nothing is lost by it
    assert play.tick() == [c.CloseUplink(), c.PlayCue(Cue.GAVE_UP)]
