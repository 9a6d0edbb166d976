"""Several devices hear the same: one answers, and nothing leaves the others."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.conversation.nearest import ENGAGED_S, FELT_S, LATEST_S, MEASURED_S, SAME_S, TAIL_S
from edge_agent.conversation.parts.group import REPEAT_S
from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.notices import CallYielded
from edge_agent.vocabulary.state import Turn

from .playbook import ASK, PCM, Play, drained, with_sound

VOICE = e.UplinkOpened(1, "speech", 0)
MEASURED = e.VoiceMeasured(20.0, 0)
WORD = e.WakeWordHeard("jarvis", 0.9, 0, 20.0)
SOUND = e.MicAudioRecorded(1, PCM)
SETTLED_S = SAME_S + LATEST_S
GOES_ON = c.CloseUplink(goes_on=True)


def claimed(over_noise_db: float, device: str = "hall", readiness: Any = "ready") -> e.CallClaimed:
    return e.CallClaimed(e.Claim(readiness, over_noise_db, device))


def mine(over_noise_db: float = 20.0, readiness: Any = "ready") -> c.ClaimCall:
    return c.ClaimCall(e.Claim(readiness, over_noise_db, "kitchen"))


def in_group(**settings: Any) -> Play:
    play = with_sound(**{"mode": "hands-free"} | settings)
    play(e.GroupReached("kitchen"))
    return play


def sleeping() -> Play:
    play = in_group(mode="wake-word", online=False)
    assert play.conversation.state.standby
    return play


# ---- a voice ----------------------------------------------------------------
def talked_to(**settings: Any) -> Play:
    play = in_group(**settings)
    play(VOICE)
    assert play.turn() is Turn.LISTENING
    play(SOUND)
    assert play(MEASURED, after=MEASURED_S) == [mine()]
    return play


def test_what_is_said_leaves_once_it_is_settled() -> None:
    play = talked_to()
    assert play(SOUND) == []
    assert play(claimed(10.0)) == []
    assert play(SOUND, after=SETTLED_S - 0.01) == []
    assert play.tick() == [c.TellEngaged(True)]
    assert play(SOUND) == 4 * [c.AppendAudio(PCM)]


def test_what_is_said_leaves_with_its_end_however_soon_that_comes() -> None:
    play = talked_to()
    sent = play(e.UplinkClosed(1, 400, 1000), after=0.1)
    assert sent[:2] == [c.AppendAudio(PCM), c.CommitInput()]
    assert any(isinstance(command, ASK) for command in sent)


def test_an_end_before_it_is_measured_is_one_too() -> None:
    play = in_group(button="tap")
    play(VOICE)
    play(SOUND)
    assert c.CommitInput() in play(e.UplinkClosed(1, 400, 1000), after=0.1)
    assert play(e.Tick(), after=MEASURED_S + SETTLED_S) == [c.TellEngaged(True)]


def test_a_better_claim_makes_it_silent_and_nothing_has_left() -> None:
    play = talked_to()
    assert play(claimed(20.1), after=SETTLED_S - 0.01) == [GOES_ON]
    assert play.yielded == [CallYielded("hall", "nearer")]
    assert [ended.outcome for ended in play.ended] == ["yielded"]
    assert play.turn() is Turn.IDLE
    assert play(SOUND) == play(e.UplinkClosed(1, 400, 1000)) == []


def test_where_the_service_ends_utterances_it_hears_them_at_once_and_they_are_taken_back() -> None:
    play = in_group(end="semantic")
    play(VOICE)
    assert play(SOUND) == [c.AppendAudio(PCM)]
    play(MEASURED)
    assert c.ClearInput() in play(claimed(30.0))


def test_after_it_is_settled_a_better_claim_is_too_late() -> None:
    play = talked_to()
    assert play(claimed(30.0), after=SETTLED_S) == [c.TellEngaged(True)]
    assert play.turn() is Turn.LISTENING


def test_a_better_claim_that_came_before_is_left_the_call() -> None:
    play = in_group()
    play(VOICE)
    play(claimed(30.0), after=MEASURED_S - SAME_S)
    assert play(MEASURED, after=SAME_S) == [GOES_ON, mine()]
    assert play.yielded == [CallYielded("hall", "nearer")]
    assert play.turn() is Turn.IDLE


def test_a_question_that_was_asked_already_is_given_up_too() -> None:
    play = talked_to()
    play(e.UplinkClosed(1, 400, 1000), after=0.1)
    assert play.turn() is Turn.THINKING
    assert c.WithdrawQuestion() in play(claimed(30.0), after=0.1)
    assert play.turn() is Turn.IDLE


def test_who_has_no_link_leaves_the_call_to_who_has_one() -> None:
    play = in_group()
    play(e.Disconnected(1, "gone"))
    play(e.LinkFailed("dns", "no network", told=True))
    play(VOICE)
    assert play(MEASURED) == [mine(readiness="offline")]
    play(claimed(1.0))
    assert play.yielded == [CallYielded("hall", "nearer")]


def test_whoever_presses_the_button_is_answered() -> None:
    play = in_group(button="tap")
    play(VOICE)
    play(e.ButtonPressed())
    assert play(MEASURED) == []
    play(claimed(30.0))
    assert play.turn() is Turn.LISTENING
    assert play.yielded == []


def test_a_text_that_is_typed_meanwhile_is_asked() -> None:
    play = talked_to()
    assert c.CreateUserText("Hello") in play(e.TextEntered("Hello"))
    play(claimed(30.0))
    assert play.turn() is Turn.THINKING


# ---- a wake word --------------------------------------------------------------
def test_a_word_is_answered_when_nobody_has_claimed_it_so_long_that_it_is_not_felt() -> None:
    play = sleeping()
    assert play(WORD) == [mine()]
    assert play.turn() is Turn.IDLE
    assert play.conversation.deadline == pytest.approx(play.now + FELT_S)
    assert play.tick()[:2] == [c.OpenLink(), c.OpenUplink("silence", called=True)]
    assert play.turn() is Turn.LISTENING


def test_a_word_that_another_hears_better_opens_no_session_and_makes_no_sound() -> None:
    play = sleeping()
    play(WORD)
    assert play(claimed(30.0), after=FELT_S / 2) == []
    assert play.yielded == [CallYielded("hall", "nearer")]
    assert play.conversation.deadline is None
    play(claimed(30.0), after=1.0)
    assert play(WORD) == [mine()]
    assert play.conversation.deadline is None
    assert play.yielded[1:] == [CallYielded("hall", "nearer")]


def test_a_better_claim_that_comes_later_ends_the_turn() -> None:
    play = sleeping()
    play(WORD)
    play.tick()
    assert GOES_ON in play(claimed(30.0), after=0.2)
    assert play.turn() is Turn.IDLE
    assert [ended.outcome for ended in play.ended] == ["yielded"]


def test_without_a_broker_it_is_answered_at_once() -> None:
    play = sleeping()
    play(e.GroupReached(""))
    assert play(WORD)[:2] == [c.OpenLink(), c.OpenUplink("silence", called=True)]


def test_a_broker_that_goes_meanwhile_is_not_waited_for() -> None:
    play = sleeping()
    play(WORD)
    play(e.GroupReached(""))
    assert c.OpenUplink("silence", called=True) in play(e.Tick())


def test_who_is_pressed_while_it_waits_is_called_once() -> None:
    play = sleeping()
    play(WORD)
    play(e.ButtonPressed())
    assert play.turn() is Turn.LISTENING
    assert play(e.Tick(), after=FELT_S) == []
    assert len(play.ended) == 0


def test_a_text_that_comes_while_it_waits_is_answered() -> None:
    play = sleeping()
    play(WORD)
    play(e.TextEntered("Hello"))
    play(e.Tick(), after=FELT_S)
    assert play.turn() is Turn.THINKING


def test_who_may_not_spend_more_says_so_only_if_nobody_else_answers() -> None:
    play = sleeping()
    play(e.BudgetSpent(True))
    assert play(WORD) == [mine(readiness="offline")]
    assert play.tick() == [c.PlayCue(c.Cue.DAILY_COST)]
    assert play.turn() is Turn.IDLE
    play(WORD)
    play(claimed(1.0))
    assert play.yielded == [CallYielded("hall", "nearer")]
    assert play.conversation.deadline is None


def test_nobody_calls_a_muted_device() -> None:
    play = sleeping()
    play(e.MuteSwitched(True))
    assert play(WORD) == []


# ---- who is in a turn already ---------------------------------------------------
def answering() -> Play:
    play = talked_to()
    play.tick()
    play(e.UplinkClosed(1, 400, 1000))
    play(e.ResponseStarted("r1", "ask_1"))
    play(e.AudioDelta("r1", "i1", bytes(48 * 1000)))
    assert play.turn() is Turn.SPEAKING
    return play


def test_the_others_are_told_again_and_again_until_the_answer_was_heard() -> None:
    play = answering()
    assert play(e.Tick(), after=REPEAT_S) == [c.TellEngaged(True)]
    play(e.ResponseDone("r1", "completed", item_ids=("i1",)))
    assert c.TellEngaged(False) in play(drained(i1=1000))
    assert play.conversation.deadline != play.now + REPEAT_S


def test_what_another_says_is_not_a_call_nor_is_its_echo() -> None:
    play = in_group()
    play(e.DeviceEngaged("hall", True))
    assert play(VOICE, after=ENGAGED_S - 0.01) == [GOES_ON]
    play(e.DeviceEngaged("hall", False))
    assert play(VOICE, after=TAIL_S - 0.01) == [GOES_ON]
    assert play.yielded == 2 * [CallYielded("hall", "engaged")]
    play(VOICE, after=0.02)
    assert play(MEASURED) == [mine()]


def test_who_is_in_a_turn_before_it_is_settled_here_answers() -> None:
    play = in_group()
    play(VOICE)
    play(e.DeviceEngaged("hall", False))
    assert play.turn() is Turn.LISTENING
    play(e.DeviceEngaged("hall", True))
    assert play.yielded == [CallYielded("hall", "engaged")]
    assert play.turn() is Turn.IDLE
    assert play(MEASURED) == []


def test_a_word_is_a_call_whoever_is_in_a_turn_elsewhere() -> None:
    play = sleeping()
    play(e.DeviceEngaged("hall", True))
    play(WORD)
    play(e.DeviceEngaged("hall", True), after=FELT_S / 2)  # told again
    play.tick()
    assert play.turn() is Turn.LISTENING
    play(e.DeviceEngaged("hall", True))
    assert play.yielded == []


def test_an_announcement_is_not_a_call_to_others() -> None:
    play = in_group()
    assert c.TellEngaged(True) in play(e.AnnouncementMade(1, bytes(480), "wait"))
    assert c.TellEngaged(False) in play(e.AnnouncementPlayed(1, 0))


def test_a_word_in_a_turn_is_for_who_is_in_it_and_so_is_one_that_it_says_itself() -> None:
    play = answering()
    assert mine(readiness="engaged") in play(WORD)
    assert play.turn() is Turn.LISTENING  # it was interrupted
    play = answering()
    assert play(e.OwnWordHeard("jarvis", 0.9, 0, 12.0)) == [mine(12.0, "engaged")]


def test_a_voice_that_breaks_in_is_for_who_is_broken_into() -> None:
    play = answering()
    play(e.DeviceEngaged("hall", True))
    play(e.UplinkOpened(2, "speech", 0))
    assert play.turn() is Turn.LISTENING
    assert play.yielded == []


# ---- all of them together ---------------------------------------------------------
heard_by = st.lists(st.tuples(st.integers(0, 300), st.integers(0, 3)), min_size=1, max_size=5)


@given(heard_by, st.booleans(), st.data())
def test_of_several_devices_one_answers_and_nothing_leaves_the_others(
    heard: list[tuple[int, int]], word: bool, data: st.DataObject
) -> None:
    """`heard`: when each hears it (ms), and how loud (dB). Messages travel for less than LATEST_S."""
    names = [f"device-{number}" for number in range(len(heard))]
    plays = [sleeping() if word else in_group() for _ in names]
    for play, name in zip(plays, names, strict=True):
        play(e.GroupReached(name))
    steps: list[tuple[float, int, e.Event]] = []
    for number, (ms, level_db) in enumerate(heard):
        if word:
            steps.append((ms / 1000, number, e.WakeWordHeard("w", 0.9, 0, level_db)))
        else:
            steps.append((ms / 1000, number, VOICE))
            steps.append((ms / 1000 + MEASURED_S, number, e.VoiceMeasured(level_db, 0)))
    left = [0 for _ in plays]
    now = 0.0
    while now < 2.0:
        ticks = [
            (at - 100.0, number, e.Tick())
            for number, play in enumerate(plays)
            if (at := play.conversation.deadline) is not None
        ]
        step = min([*steps, *ticks], key=lambda step: step[0])
        now, number, event = step
        if step in steps:
            steps.remove(step)
        play = plays[number]
        play.now = 100.0 + now
        for command in play(event):
            lag = data.draw(st.integers(0, 199)) / 1000
            said: e.Event | None = None
            match command:
                case c.ClaimCall(claim):
                    said = e.CallClaimed(claim)
                case c.TellEngaged(engaged):
                    said = e.DeviceEngaged(names[number], engaged)
                case c.OpenUplink():
                    steps.append((now, number, e.UplinkOpened(1, "word", 0)))
                case c.AppendAudio():
                    left[number] += 1
            if said:
                steps += [(now + lag, other, said) for other in range(len(plays)) if other != number]
        if isinstance(event, e.UplinkOpened):
            steps += [(now + 0.1 * many, number, SOUND) for many in range(1, 14)]
    best = max(range(len(heard)), key=lambda number: (heard[number][1], names[number]))
    assert [number for number, play in enumerate(plays) if play.turn() is not Turn.IDLE] == [best]
    assert [number for number, count in enumerate(left) if count] == ([] if word else [best])
