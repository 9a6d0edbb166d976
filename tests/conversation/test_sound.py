"""The sound is lost and found."""

from __future__ import annotations

from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.state import Mode, Turn

from .playbook import PCM, Play


def test_the_sound_is_lost_while_speaking() -> None:
    play = Play().speaking()
    commands = play(e.PlaybackStopped((e.Heard("i1", 40),), 900))
    assert c.TruncateItem("i1", 40) in commands
    commands = play(e.AudioLost("speaker", "unplugged"))
    assert c.TruncateItem("i1", 40) not in commands
    assert play.turn() is Turn.IDLE
    assert play.conversation.state.mode is Mode.FAULT
    assert play.conversation.deadline is None
    play(e.AudioStarted("card", 0))
    assert play.conversation.state.lost == ""


def test_what_the_lost_sound_does_not_tell_was_not_heard() -> None:
    play = Play().speaking()
    assert c.DeleteItem("i1") in play(e.AudioLost("sound", "crashed"))


def test_the_sound_is_lost_while_listening() -> None:
    play = Play()
    play(e.ButtonPressed())
    play(e.UplinkOpened(1, "button", 0))
    play(e.MicAudioRecorded(1, PCM))
    assert c.ClearInput() in play(e.AudioLost("microphone", "unplugged"))
    assert play.turn() is Turn.IDLE


def test_the_sound_may_be_back_before_the_answer() -> None:
    play = Play().thinking()
    play(e.AudioLost("sound", "crashed"))
    assert play.turn() is Turn.THINKING
    play(e.AudioStarted("card", 0))
    play(e.ResponseStarted("resp_1"))
    assert play(e.AudioDelta("resp_1", "item_a", PCM)) == [c.Play("item_a", PCM)]


def test_an_answer_that_nobody_can_hear() -> None:
    play = Play().thinking()
    play(e.AudioLost("speaker", "unplugged"))
    play(e.ResponseStarted("resp_1"))
    commands = play(e.AudioDelta("resp_1", "item_a", PCM))
    assert c.CancelResponse("resp_1") in commands
    assert c.DeleteItem("item_a") in commands
    assert play.turn() is Turn.IDLE


def test_pressed_while_the_sound_comes_back() -> None:
    play = Play()
    play(e.AudioLost("sound", "crashed"))
    play(e.ButtonPressed())
    assert c.OpenUplink("closed") in play(e.AudioStarted("card", 0))
    assert play(e.AudioStarted("card", 0))[:2] == [c.SetVolume(100), c.MuteMicrophone(False)]


def test_a_stop_does_not_wait_for_lost_sound() -> None:
    play = Play().speaking()
    play(e.StopRequested())
    assert c.Shutdown() in play(e.AudioLost("sound", "crashed"))
