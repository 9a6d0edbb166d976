"""Announcements."""

from __future__ import annotations

from typing import Any

import pytest

from edge_agent.conversation.parts.announcing import MARGIN_S, MOST_WAITING
from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.state import Mode, Turn

from .playbook import ASK, PCM, Play, done, drained, with_sound

DINNER = e.AnnouncementMade(1, PCM)
SECOND = e.AnnouncementMade(2, PCM)
URGENT = e.AnnouncementMade(3, PCM, "interrupt")
SAID = c.Announce(1, PCM)


def announcing(made: e.AnnouncementMade = DINNER, **settings: Any) -> Play:
    play = with_sound(**settings)
    assert c.Announce(made.number, made.pcm, made.chime) in play(made)
    assert play.mode() is Mode.SPEAKING
    return play


def settled(play: Play) -> list[tuple[int, str]]:
    """By the last event."""
    return [
        (output.number, output.outcome) for output in play.last if isinstance(output, c.SettleAnnouncement)
    ]


@pytest.mark.parametrize("online", [True, False])
@pytest.mark.parametrize("muted", [True, False])
def test_it_is_heard_whether_there_is_a_link_and_whether_it_is_muted(online: bool, muted: bool) -> None:
    play = with_sound(online=online)
    play(e.MuteSwitched(muted))
    mode = play.mode()
    assert play(DINNER) == [SAID]
    assert play.mode() is Mode.SPEAKING
    assert play(e.AnnouncementPlayed(1, 5)) == [c.SettleAnnouncement(1, "heard")]
    assert play.mode() is mode
    assert play(e.AnnouncementPlayed(1, 5)) == []


def test_one_after_the_other_and_urgent_ones_first() -> None:
    play = announcing()
    for number, priority in ((2, "normal"), (3, "high"), (4, "high")):
        assert play(e.AnnouncementMade(number, PCM, priority=priority)) == []  # type: ignore[arg-type]
    order: list[int] = []
    while play.conversation.state.announcing:
        (sounding,) = order[-1:] or [1]
        play(e.AnnouncementPlayed(sounding, 5))
        order += [output.number for output in play.last if isinstance(output, c.Announce)]
    assert order == [3, 4, 2]


def test_more_than_can_wait_are_dropped_and_the_least_important_first() -> None:
    play = announcing()
    for number in range(2, 2 + MOST_WAITING):
        assert play(e.AnnouncementMade(number, PCM)) == []
    assert play(e.AnnouncementMade(20, PCM)) == [c.SettleAnnouncement(20, "dropped")]
    assert play(e.AnnouncementMade(21, PCM, priority="high")) == [
        c.SettleAnnouncement(1 + MOST_WAITING, "dropped")
    ]


@pytest.mark.parametrize("busy", [Play.listening, Play.thinking, Play.speaking])
def test_while_somebody_talks_or_is_answered_it_waits_or_is_dropped_or_interrupts(busy: Any) -> None:
    play = busy(with_sound())
    turn = play.turn()
    assert play(DINNER) == []
    assert play(e.AnnouncementMade(2, PCM, "drop")) == [c.SettleAnnouncement(2, "dropped")]
    assert play.turn() is turn
    assert c.Announce(3, PCM) in play(URGENT)
    assert play.turn() is Turn.IDLE
    assert play.ended[-1].outcome == "interrupted"
    assert play(e.AnnouncementPlayed(3, 5))[0] == c.SettleAnnouncement(3, "heard")


def test_what_it_interrupts_is_cut_off_where_it_was_heard() -> None:
    play = with_sound().speaking()
    outputs = play(URGENT)
    assert outputs.index(c.StopPlayback()) < outputs.index(c.Announce(3, PCM))
    assert play(e.PlaybackStopped((e.Heard("i1", 420),), 0)) == [c.TruncateItem("i1", 420)]


def test_it_comes_once_the_answer_is_heard_to_its_end() -> None:
    play = with_sound().speaking()
    play(DINNER)
    assert play(done(item_ids=("i1",))) == [c.FinishPlayback()]
    assert SAID in play(drained(i1=1000))


@pytest.mark.parametrize("stops", [e.ButtonPressed(), e.InterruptRequested(), e.StopWordHeard("stop", 1, 0)])
def test_people_stop_it(stops: e.Event) -> None:
    play = announcing()
    play(stops)
    assert c.StopAnnouncing() in play.last
    assert settled(play) == [(1, "interrupted")]
    assert play.turn() is (Turn.LISTENING if stops == e.ButtonPressed() else Turn.IDLE)


def test_a_press_stops_it_while_muted_and_opens_nothing() -> None:
    play = with_sound()
    play(e.MuteSwitched(True))
    play(DINNER)
    play(e.ButtonPressed())
    assert settled(play) == [(1, "interrupted")]
    assert not [output for output in play.last if isinstance(output, c.OpenUplink)]


def test_a_voice_stops_it_and_is_heard() -> None:
    play = announcing(mode="hands-free")
    play(e.UplinkOpened(1, "speech", 0))
    assert settled(play) == [(1, "interrupted")]
    assert play.turn() is Turn.LISTENING


def test_the_voice_that_it_interrupted_does_not_stop_it() -> None:
    play = announcing(URGENT, mode="hands-free")
    assert play(e.UplinkOpened(1, "speech", 0)) == [c.CloseUplink()]
    assert play.turn() is Turn.IDLE
    play(e.ButtonPressed())
    assert settled(play) == [(3, "interrupted")]


def test_it_has_a_volume_of_its_own() -> None:
    play = with_sound()
    play(e.VolumeSet(30))
    assert play(e.AnnouncementMade(1, PCM, volume=90, chime=False)) == [
        c.SetVolume(90), c.Announce(1, PCM, chime=False)
    ]  # fmt: skip
    assert play.conversation.state.volume == 30
    assert play(e.AnnouncementPlayed(1, 5)) == [c.SetVolume(30), c.SettleAnnouncement(1, "heard")]


def test_an_answer_waits_for_its_end_and_is_given_the_time() -> None:
    play = announcing()
    play(e.TextEntered("Hello"))
    play(e.ResponseStarted("r1", "ask_1"))
    play(e.AudioDelta("r1", "i1", PCM))
    assert play.turn() is Turn.SPEAKING
    stalls_at = play.conversation.keeper.due
    assert stalls_at is not None
    play(e.AnnouncementPlayed(1, 5), after=7)
    assert play.conversation.deadline == pytest.approx(stalls_at + 7)


def test_what_rings_comes_first_and_it_goes_on_after() -> None:
    play = announcing()
    assert play(e.TimeReached(1, "timer", "Tea.")) == [c.StartRinging()]
    assert play(SECOND) == []
    play(e.RingingStopped(), after=30)
    assert settled(play) == []
    assert play.conversation.state.announcing
    play(e.AnnouncementPlayed(1, 5))
    assert settled(play) == [(1, "heard")]


def test_while_it_rings_none_begins() -> None:
    play = with_sound()
    play(e.TimeReached(1, "timer", "Tea."))
    assert play(URGENT) == []
    assert play(e.AnnouncementMade(2, PCM, "drop")) == [c.SettleAnnouncement(2, "dropped")]
    play(e.RingingStopped())
    assert c.Announce(3, PCM) in play.last


def test_a_lost_sound_says_it_again_once() -> None:
    play = announcing()
    assert play(e.AudioLost("sound", "crash")) == [c.StopAnnouncing()]
    assert not play.conversation.state.announcing
    assert SAID in play(e.AudioStarted("card", 0))
    play(e.AudioLost("sound", "crash"))
    assert settled(play) == [(1, "no-sound")]


def test_a_sound_that_forgets_it_says_it_again_once() -> None:
    play = announcing()
    assert play.tick() == [c.StopAnnouncing(), SAID]
    assert play.now == pytest.approx(100 + 0.2 + MARGIN_S)
    assert play.tick() == [c.StopAnnouncing(), c.SettleAnnouncement(1, "no-sound")]


def test_it_waits_only_for_so_long() -> None:
    play = with_sound().speaking()
    play(e.AnnouncementMade(1, PCM, wait_s=2))
    assert play.tick() == [c.SettleAnnouncement(1, "expired")]
    play = Play()
    play(e.AnnouncementMade(1, PCM, wait_s=2))
    assert play.tick() == [c.SettleAnnouncement(1, "no-sound")]


def test_the_end_of_the_device_is_the_end_of_all() -> None:
    play = announcing()
    play(SECOND)
    play(e.StopRequested())
    assert settled(play) == [(1, "stopped"), (2, "stopped")]
    assert play(URGENT) == [c.Shutdown(), c.SettleAnnouncement(3, "stopped")]


def test_nothing_is_asked_of_the_service() -> None:
    play = announcing()
    play(e.AnnouncementPlayed(1, 5))
    assert not [output for output in play.last if isinstance(output, c.ServiceCommand)]
    assert ASK("ask_1") in play(e.TextEntered("Hello"))
