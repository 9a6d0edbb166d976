"""Mute, volume, text."""

from __future__ import annotations

from typing import Any

import pytest

from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.commands import Cue
from edge_agent.vocabulary.state import Mode, Turn

from .playbook import ASK, PCM, Play


def test_mute_ends_whatever_goes_on() -> None:
    play = Play().listening()
    assert play(e.MuteSwitched(True)) == [
        c.CloseUplink(),
        c.ClearInput(),
        c.MuteMicrophone(True),
        c.PlayCue(Cue.MUTED),
    ]
    assert play.mode() is Mode.MUTED
    assert play(e.MicAudioRecorded(1, PCM)) == []
    assert play(e.ButtonPressed()) == [c.PlayCue(Cue.MUTED)]
    assert play(e.UplinkOpened(2, "speech", 0)) == [c.CloseUplink()]
    assert play(e.MuteSwitched(True)) == []
    assert play(e.MuteSwitched()) == [c.MuteMicrophone(False), c.PlayCue(Cue.UNMUTED)]
    assert play.mode() is Mode.IDLE


def test_mute_interrupts_the_answer() -> None:
    play = Play().speaking()
    assert play(e.MuteSwitched()) == [
        c.StopPlayback(),
        c.CancelResponse("r1"),
        c.MuteMicrophone(True),
        c.PlayCue(Cue.MUTED),
    ]
    assert play(e.PlaybackStopped((e.Heard("i1", 77),), 0)) == [c.TruncateItem("i1", 77)]


def test_a_double_press_that_mutes_asks_nothing() -> None:
    play = Play().listening()
    play(e.ButtonReleased())
    assert c.CommitInput() in play(e.UplinkClosed(1, 60, 100))  # the gate took the click for a voice
    assert play(e.MuteSwitched(), after=0.2)[-2:] == [c.MuteMicrophone(True), c.PlayCue(Cue.MUTED)]
    assert play(e.ResponseStarted("r1", "ask_1")) == [c.CancelResponse("r1")]
    assert play(e.ButtonReleased()) == []
    assert play.mode() is Mode.MUTED


@pytest.mark.parametrize("settings", [{"button": "tap"}, {"mode": "hands-free"}])
def test_a_long_press_ends_what_its_press_began(settings: Any) -> None:
    play = Play(**settings).listening()
    assert play(e.MuteSwitched(), after=1.5)[:2] == [c.CloseUplink(), c.ClearInput()]
    assert play(e.ButtonReleased()) == []
    assert play.mode() is Mode.MUTED
    play(e.ButtonPressed())
    assert play(e.MuteSwitched(), after=1.5) == [c.MuteMicrophone(False), c.PlayCue(Cue.UNMUTED)]
    assert play.turn() is Turn.IDLE


def test_text_is_answered_even_when_muted() -> None:
    play = Play()
    play(e.MuteSwitched(True))
    assert play(e.TextEntered("hello")) == [c.CreateUserText("hello"), ASK("ask_1")]
    assert play.mode() is Mode.THINKING
    play(e.ResponseStarted("r1", "ask_1"))
    play(e.AudioDelta("r1", "i1", PCM))
    assert play.mode() is Mode.SPEAKING


def test_volume() -> None:
    play = Play()
    assert play(e.VolumeStepped(-2)) == [c.SetVolume(80)]
    assert play(e.VolumeStepped(5)) == [c.SetVolume(100)]
    assert play(e.VolumeSet(30)) == [c.SetVolume(30)]
    assert play(e.VolumeSet(-3)) == [c.SetVolume(0)]
    assert play.conversation.state.volume == 0


def test_a_pause_while_the_button_is_held_is_no_end() -> None:
    play = Play()
    play(e.ButtonPressed())
    play(e.UplinkOpened(1, "button", 0))
    assert play(e.SpeechEnded(500)) == []
    assert play.turn() is Turn.LISTENING


def test_how_many_visits_are_over() -> None:
    play = Play(visit_idle_s=30).speaking()
    play(e.InterruptRequested())
    play(e.PlaybackStopped((), 0))
    assert play.conversation.visits == 0
    play.tick()
    assert play.conversation.visits == 1
    play(e.Tick(), after=100)
    assert play.conversation.visits == 1  # nobody has come since
    play(e.ForgetRequested())
    assert play.conversation.visits == 2
