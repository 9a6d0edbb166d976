"""The wake word: who calls is listened to, may go on for a while, and leaves nothing behind."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.conversation.machine import Conversation
from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.commands import Cue
from edge_agent.vocabulary.state import Mode, Turn

from ..settings import turn_settings
from .playbook import PCM, Play, done, drained
from .test_properties import histories, live

CALL = e.WakeWordHeard("jarvis", 0.98, 0)
STOP = e.StopWordHeard("stop", 0.9, 0)
RECORD = c.OpenUplink("silence", called=True)


class Called(Play):
    def __init__(self, **settings: Any) -> None:
        super().__init__(online=False, **{"mode": "wake-word", "follow_up_s": 6.0} | settings)
        self(e.AudioStarted("card", 0))

    def asked(self) -> Called:
        self(CALL)
        self(e.UplinkOpened(1, "word", 0))
        self(e.Connected(1))
        self(e.MicAudioRecorded(1, PCM))
        self(e.SpeechStarted(0))
        self(e.UplinkClosed(1, 400, 1000))
        assert self.turn() is Turn.THINKING
        return self

    def answering(self) -> Called:
        self.asked()
        self(e.ResponseStarted("r1", "ask_1"))
        self(e.AudioDelta("r1", "i1", bytes(48 * 1000)))
        assert self.turn() is Turn.SPEAKING
        return self

    def answered(self) -> Called:
        self.answering()
        self(done(item_ids=("i1",)))
        self(drained(i1=1000))
        assert self.turn() is Turn.IDLE
        return self


def test_there_is_no_link_before_a_call() -> None:
    play = Called()
    assert play.mode() is Mode.IDLE
    assert play(CALL) == [c.OpenLink(), RECORD, c.PlayCue(Cue.LISTENING)]
    assert play.turn() is Turn.LISTENING


def test_after_an_answer_a_voice_is_listened_to_and_then_the_link_closes() -> None:
    play = Called().answered()
    assert c.AcceptVoice(True) in play.last
    play(e.UplinkOpened(2, "speech", 0), after=2.0)
    assert c.AcceptVoice(False) in play.last
    assert play.turn() is Turn.LISTENING


def test_after_silence_it_is_the_word_again() -> None:
    play = Called().answered()
    assert play.tick() == [c.CloseLink(), c.AcceptVoice(False)]
    assert play.conversation.state.standby
    assert play(CALL)[:1] == [c.OpenLink()]


def test_the_visit_may_have_no_follow_up() -> None:
    play = Called(follow_up_s=0.0).answered()
    assert c.AcceptVoice(True) not in play.last


def test_a_call_interrupts_what_it_says() -> None:
    play = Called().answering()
    assert play(CALL)[:1] == [c.StopPlayback()]
    assert RECORD in play.last
    assert play.ended[-1].outcome == "interrupted"


def test_a_call_while_somebody_is_listened_to_is_what_they_say() -> None:
    play = Called()
    play(CALL)
    assert play(CALL) == []


@pytest.mark.parametrize("event", [CALL, STOP])
def test_muted_nobody_is_heard(event: e.Event) -> None:
    play = Called()
    play(e.MuteSwitched(True))
    assert play(event) == []


def test_its_own_word_is_not_a_call() -> None:
    play = Called().answering()
    assert play(e.OwnWordHeard("jarvis", 0.99, 0)) == []
    assert play.turn() is Turn.SPEAKING


def test_a_stop_word_ends_what_it_says_and_nothing_else() -> None:
    play = Called()
    assert play(STOP) == []
    play.answering()
    assert play(STOP)[:1] == [c.StopPlayback()]
    assert play.turn() is Turn.IDLE


def test_a_stop_word_stops_what_rings() -> None:
    play = Called()
    play(e.TimeReached(1, "timer", "Tea."))
    assert c.StartRinging() in play.last
    assert c.StopRinging() in play(STOP)


def test_what_a_day_may_cost_is_told() -> None:
    play = Called()
    play(e.BudgetSpent(True))
    assert play(CALL) == [c.PlayCue(Cue.DAILY_COST)]
    assert play.turn() is Turn.IDLE


def test_a_lost_link_is_left_once_nobody_waits() -> None:
    play = Called().answered()
    assert play(e.Disconnected(1, "gone")) == [c.CloseLink()]
    assert play.mode() is Mode.IDLE


def test_the_end_of_the_visit_leaves_no_session() -> None:
    play = Called().answered()
    outputs = play(e.ForgetRequested())
    assert c.CloseLink() in outputs
    assert c.RenewLink() not in outputs
    assert c.AcceptVoice(False) in outputs


def test_goodbye_ends_the_visit_without_another_word() -> None:
    play = Called().answering()
    play(e.RestRequested())
    play(done(item_ids=("i1",)))
    outputs = play(drained(i1=1000))
    assert c.CloseLink() in outputs
    assert c.AcceptVoice(True) not in outputs


def test_what_is_told_by_itself_lets_nobody_in() -> None:
    play = Called()
    play(e.Connected(1))
    play(e.TextEntered("Hello"))
    play(e.ResponseStarted("r1", "ask_1"))
    play(e.AudioDelta("r1", "i1", PCM))
    play(done(item_ids=("i1",)))
    play(drained(i1=200))
    assert play.turn() is Turn.IDLE
    assert c.AcceptVoice(True) not in play.last


def test_sound_that_is_back_is_told_again_that_a_voice_may_begin() -> None:
    play = Called().answered()
    play(e.AudioLost("sound", "pulled"))
    play(e.AudioStarted("card", 0))
    assert c.AcceptVoice(True) not in play.last  # the follow-up ended with it


# ---- beside the button ------------------------------------------------------
def test_beside_the_button_the_link_stays() -> None:
    play = Play(mode="button", follow_up_s=6.0)
    assert play(CALL) == [RECORD, c.PlayCue(Cue.LISTENING)]
    play(e.UplinkOpened(1, "word", 0))
    play(e.MicAudioRecorded(1, PCM))
    assert play(e.SpeechStarted(0)) == []
    play(e.UplinkClosed(1, 400, 1000))
    assert play.turn() is Turn.THINKING


def test_a_press_after_the_call_is_held_like_any_other() -> None:
    play = Play(mode="button", button="hold")
    play(CALL)
    play(e.UplinkOpened(1, "word", 0))
    assert play(e.ButtonPressed()) == [c.OpenUplink("closed")]
    assert play(e.ButtonReleased(), after=1.0) == [c.CloseUplink()]


def test_after_a_turn_of_the_button_no_voice_begins_another() -> None:
    play = Play(mode="button", follow_up_s=6.0).speaking()
    play(done(item_ids=("i1",)))
    play(drained(i1=1000))
    assert play.turn() is Turn.IDLE
    assert c.AcceptVoice(True) not in play.last


# ---- personas ---------------------------------------------------------------
def test_another_persona_begins_a_visit_of_its_own() -> None:
    play = Called(personas=frozenset({"jarvis", "nabu"}))
    assert play(CALL) == [c.ChoosePersona("jarvis"), c.OpenLink(), RECORD, c.PlayCue(Cue.LISTENING)]
    play(e.InterruptRequested())
    play.asked()
    play(e.ResponseStarted("r1", "ask_1"))
    play(e.AudioDelta("r1", "i1", bytes(48 * 1000)))
    outputs = play(e.WakeWordHeard("nabu", 0.9, 0))
    kinds = [type(output) for output in outputs]
    assert c.ForgetPreroll not in kinds  # it is what follows the word
    order = [c.StopPlayback, c.CloseLink, c.ChoosePersona, c.OpenLink, c.OpenUplink]
    assert [kind for kind in kinds if kind in order] == order
    assert play.conversation.said == []


def test_once_the_visit_is_over_nobody_special_answers() -> None:
    play = Called(personas=frozenset({"jarvis"}), visit_idle_s=60.0).answered()
    chosen = []
    while play.conversation.deadline is not None:
        chosen += [output for output in play.tick() if isinstance(output, c.ChoosePersona)]
    assert chosen == [c.ChoosePersona("")]


# ---- whatever happens -------------------------------------------------------
waiting = st.builds(
    turn_settings,
    mode=st.just("wake-word"),
    follow_up_s=st.sampled_from([0.0, 4.0]),
    visit_idle_s=st.sampled_from([0.0, 20.0]),
    end=st.sampled_from(["local", "server"]),
    personas=st.sampled_from([frozenset(), frozenset({"jarvis", "nabu"})]),
)
WANTED = e.WakeWordHeard | e.ButtonPressed | e.TextEntered


@given(waiting, histories)
def test_no_link_is_wanted_and_no_voice_accepted_before_somebody_calls(settings: Any, history: Any) -> None:
    wanted = False
    for _, before, event, outputs in live(settings, history):
        wanted |= isinstance(event, WANTED) and (not before.muted or isinstance(event, e.TextEntered))
        wanted |= isinstance(event, e.UplinkOpened) and event.opened_by == "speech"
        reaching = c.OpenLink | c.AppendAudio | c.CommitInput
        assert wanted or not [output for output in outputs if isinstance(output, reaching)]
        assert wanted or c.AcceptVoice(True) not in outputs


@given(waiting, histories)
def test_a_voice_is_accepted_only_while_it_rests_and_hears(settings: Any, history: Any) -> None:
    accepts = False
    for conversation, _, event, outputs in live(settings, history):
        accepts &= not isinstance(event, e.AudioStarted)
        for output in outputs:
            if isinstance(output, c.AcceptVoice):
                assert output.on is not accepts
                accepts = output.on
        state = conversation.state
        assert not (accepts and (state.muted or state.lost or state.turn is not Turn.IDLE))


@given(waiting, histories)
def test_left_alone_it_has_no_link(settings: Any, history: Any) -> None:
    conversation = Conversation(settings)
    for event, _ in history:
        conversation.handle(event, 0.0)
    now = 100_000.0
    for _ in range(20):
        conversation.handle(e.Tick(), now)
        now += 1000.0
    assert conversation.state.turn is Turn.IDLE
    assert not conversation.state.online
    assert conversation.state.standby
