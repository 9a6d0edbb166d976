"""Timers, alarms and reminders ring."""

from __future__ import annotations

from typing import Any

import pytest

from edge_agent.conversation.parts.ringing import NOBODY, RING_S, TELL
from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.commands import Cue
from edge_agent.vocabulary.state import Mode, Turn

from .playbook import ASK, PCM, Play, done, drained

PASTA = e.TimeReached(1, "timer", "The timer 'pasta' has ended.")
TOLD = c.RestoreMessage("system", f"{PASTA.text} {TELL}")
STOPPED = [c.StopRinging(), c.SettleRing(1, heard=True)]


def ringing(**settings: Any) -> Play:
    play = Play(**settings)
    assert play(PASTA) == [c.StartRinging()]
    assert play.mode() is Mode.RINGING
    return play


@pytest.mark.parametrize("stops", [e.ButtonPressed(), e.RingingStopped(), e.InterruptRequested()])
def test_it_is_stopped_and_the_service_tells_what_it_was(stops: e.Event) -> None:
    play = ringing()
    assert play(stops) == [*STOPPED, TOLD, ASK("ask_1")]
    assert play.mode() is Mode.THINKING


def test_a_voice_stops_it_and_is_heard() -> None:
    play = ringing(mode="hands-free")
    assert play(e.UplinkOpened(1, "speech", 0)) == STOPPED
    assert play.turn() is Turn.LISTENING


def test_nothing_rings_and_somebody_stops_it() -> None:
    assert Play()(e.RingingStopped()) == []


def test_after_a_while_it_gives_up_and_tells_it_in_the_next_visit() -> None:
    play = ringing()
    assert play.tick() == [c.StopRinging(), c.SettleRing(1, heard=False), c.PlayCue(Cue.TIMER)]
    assert play.now == pytest.approx(100 + RING_S)
    play(e.TextEntered("Hello"))
    play(e.ResponseStarted("r1", "ask_1"))
    play(e.AudioDelta("r1", "i1", PCM))
    play(done(item_ids=("i1",)))
    told = [*play(drained(i1=200)), *play(e.SpeechEnded(0))]
    assert told == [c.RestoreMessage("system", f"{PASTA.text} {NOBODY} {TELL}"), ASK("ask_2")]


def test_without_a_link_the_device_says_the_words() -> None:
    play = Play(online=False)
    play(e.LinkFailed("dns", "no network", told=False))
    play(e.TimeReached(1, "reminder", "Reminder: tea.", bytes(100)))
    assert play(e.ButtonPressed()) == [*STOPPED, c.PlayWords(bytes(100))]
    play(e.TimeReached(2, "alarm", "The alarm is due."))
    assert play(e.ButtonPressed())[-1] == c.PlayCue(Cue.ALARM)
    assert play.turn() is Turn.IDLE


def test_an_answer_waits_and_goes_on() -> None:
    play = Play().speaking()
    play(done(item_ids=("i1",)))
    stalls_at = play.conversation.keeper.due
    assert stalls_at is not None
    assert play(PASTA) == [c.StartRinging()]
    assert play.conversation.deadline == pytest.approx(play.now + RING_S)
    assert play(e.RingingStopped(), after=30) == STOPPED
    assert play.turn() is Turn.SPEAKING
    assert play.conversation.keeper.due == pytest.approx(stalls_at + 30)
    assert ASK("ask_2") in [*play(drained(i1=1000)), *play(e.SpeechEnded(0))]


def test_who_is_heard_is_heard_out_first() -> None:
    play = Play().listening()
    assert play(PASTA) == []
    play(e.ButtonReleased())
    assert c.StartRinging() in [*play(e.UplinkClosed(1, 400, 1000)), *play(e.SpeechEnded(0))]
    assert (play.turn(), play.mode()) == (Turn.THINKING, Mode.RINGING)


def test_two_that_ring_together_are_stopped_together() -> None:
    play = ringing()
    assert play(e.TimeReached(2, "alarm", "The alarm is due.")) == []
    assert play(e.ButtonPressed()) == [
        c.StopRinging(),
        c.SettleRing(1, heard=True),
        c.SettleRing(2, heard=True),
        c.RestoreMessage("system", f"{PASTA.text} The alarm is due. {TELL}"),
        ASK("ask_1"),
    ]


def test_what_was_missed_is_told_when_somebody_is_here() -> None:
    play = Play(online=False)
    assert play(e.RingMissed("While the device was off: the alarm was due.")) == []
    play(e.LinkFailed("dns", "no network", told=True))
    play(e.TextEntered("Hello"))
    play(e.InterruptRequested())
    assert c.PlayCue(Cue.MISSED_RING) in [*play.last, *play(e.SpeechEnded(0))]


def test_a_sound_that_comes_back_rings_on() -> None:
    play = ringing()
    play(e.AudioLost("speaker", "unplugged"))
    assert play.mode() is Mode.FAULT
    assert c.StartRinging() in play(e.AudioStarted("card", 0))


def test_a_spent_budget_pays_for_no_words() -> None:
    play = Play()
    play(e.BudgetSpent(True))
    play(PASTA)
    assert play(e.ButtonPressed()) == [*STOPPED, c.PlayCue(Cue.TIMER)]


def test_it_rings_while_muted() -> None:
    play = Play()
    play(e.MuteSwitched(True))
    assert play(PASTA) == [c.StartRinging()]
    assert play(e.ButtonPressed()) == [*STOPPED, TOLD, ASK("ask_1")]
    assert play.conversation.state.muted


def test_the_end_of_the_device_ends_it() -> None:
    play = ringing()
    assert play(e.StopRequested())[-1] == c.Shutdown()
