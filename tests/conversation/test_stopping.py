"""The device is told to stop."""

from __future__ import annotations

from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e

from .playbook import Play


def test_stop_when_idle() -> None:
    assert Play()(e.StopRequested()) == [c.Shutdown()]


def test_stop_in_the_middle_of_an_answer_truncates_first() -> None:
    play = Play().speaking()
    assert play(e.StopRequested()) == [c.StopPlayback(), c.CancelResponse("r1")]
    assert play(e.ButtonPressed()) == []
    assert play(e.PlaybackStopped((e.Heard("i1", 33),), 0)) == [c.TruncateItem("i1", 33), c.Shutdown()]


def test_stop_does_not_wait_for_dead_sound() -> None:
    play = Play().speaking()
    play(e.StopRequested())
    assert play.tick() == [c.DeleteItem("i1"), c.Shutdown()]


def test_stop_while_listening() -> None:
    assert Play().listening()(e.StopRequested()) == [c.CloseUplink(), c.ClearInput(), c.Shutdown()]


def test_new_sound_forgets_the_old_ones_stops() -> None:
    play = Play().speaking()
    play(e.InterruptRequested())
    play(e.AudioStarted("card", 0))
    assert play(e.StopRequested()) == [c.Shutdown()]


def test_a_tick_too_early_does_nothing() -> None:
    play = Play().thinking()
    assert play(e.Tick()) == []
    assert Play()(e.Tick()) == []
