"""How a turn ended, as the conversation says it: once for each turn, and why."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from edge_agent.conversation.machine import Conversation
from edge_agent.conversation.settings import TurnSettings
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.notices import TurnEnded
from edge_agent.vocabulary.state import Turn

from .playbook import Play, done, drained
from .test_properties import histories, settings_


def ends(play: Play) -> list[tuple[int, str, str]]:
    return [(ended.turn, ended.outcome, ended.why) for ended in play.ended]


def test_answered_to_the_end() -> None:
    play = Play().speaking(200)
    play(done())
    assert play.ended == []
    play(drained(i1=200))
    assert ends(play) == [(1, "answered", "")]


@pytest.mark.parametrize(
    "event",
    [e.ButtonPressed(), e.TextEntered("no"), e.MuteSwitched(), e.InterruptRequested(), e.ForgetRequested()],
    ids=lambda event: type(event).__name__,
)
def test_interrupted_by_people(event: e.Event) -> None:
    for play in Play().thinking(), Play().speaking():
        play(event)
        assert ends(play)[0] == (1, "interrupted", "")


def test_interrupted_by_the_end_of_the_device() -> None:
    play = Play().speaking()
    play(e.StopRequested())
    assert ends(play) == [(1, "interrupted", "")]


def test_nothing_was_said() -> None:
    play = Play()
    play(e.ButtonPressed())
    play(e.UplinkOpened(1, "button", 0))
    play(e.ButtonReleased())
    play(e.UplinkClosed(1, 0, 100))
    assert ends(play) == [(1, "empty", "")]


def test_no_word_came_after_a_tap() -> None:
    play = Play(button="tap")
    play(e.ButtonPressed())
    play(e.UplinkOpened(1, "button", 0))
    play.tick()
    assert ends(play) == [(1, "empty", "")]


def test_the_sound_never_began() -> None:
    play = Play()
    play(e.ButtonPressed())
    play.tick()
    assert ends(play) == [(1, "unanswered", "timeout")]


def test_the_service_says_nothing() -> None:
    play = Play().thinking()
    play.tick()  # another session is tried
    play(e.Disconnected(1, "renewed"))
    play(e.Connected(2))
    play.tick()
    assert ends(play) == [(1, "unanswered", "timeout")]


def test_the_service_refuses() -> None:
    play = Play().thinking()
    play(e.ServiceErred("content_filter", "no", request_id="ask_1"))
    assert ends(play) == [(1, "unanswered", "content_filter")]


def test_what_was_refused_once_is_no_reason_after_an_answer_has_begun() -> None:
    play = Play().thinking()
    play(e.ServiceErred("server_error", "try again", request_id="ask_1"))
    play.tick()
    play(e.ResponseStarted("r2", "ask_2"))
    play.tick()  # and no sound of it comes
    play(e.Disconnected(1, "renewed"))
    play(e.Connected(2))
    play.tick()
    assert ends(play) == [(1, "unanswered", "timeout")]


def test_the_link_is_down_and_stays_so() -> None:
    play = Play(online=False).thinking()
    play.tick()
    assert ends(play) == [(1, "unanswered", "offline")]
    play = Play(online=False).thinking()
    play(e.LinkFailed("dns", "no such name", told=False))
    play.tick()
    assert ends(play) == [(1, "unanswered", "dns")]


def test_the_speaker_is_gone() -> None:
    play = Play().speaking()
    play(e.AudioLost("speaker", "unplugged"))
    assert ends(play) == [(1, "unanswered", "speaker")]


def test_a_trouble_of_before_is_no_reason_for_an_interruption() -> None:
    play = Play().thinking()
    play(e.ServiceErred("server_error", "try again", request_id="ask_1"))
    play(e.InterruptRequested())
    assert ends(play) == [(1, "interrupted", "")]


@given(settings_, histories)
def test_each_turn_ends_once(settings: TurnSettings, history: Any) -> None:
    conversation, now = Conversation(settings), 0.0
    ended: list[int] = []
    for event, pause in history:
        now += pause
        outputs = conversation.handle(event, now)
        ended += [output.turn for output in outputs if isinstance(output, TurnEnded)]
        over = conversation.turns - (conversation.state.turn is not Turn.IDLE)
        assert ended == list(range(1, over + 1))
