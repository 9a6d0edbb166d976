"""The duplex machine as playbooks: this event, these commands."""

from __future__ import annotations

from typing import Any

import pytest

from edge_agent.conversation.duplex.dialogue import PLACED_S, QUIET_S, RESUME_S, SURE_S
from edge_agent.conversation.duplex.duplex_machine import DuplexConversation
from edge_agent.conversation.duplex.kept_sound import MOST_MS
from edge_agent.conversation.parts.ringing import RING_S
from edge_agent.conversation.utterance import SOUND_RETURN_S
from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.notices import TurnEnded
from edge_agent.vocabulary.state import Mode, Turn

from ..settings import turn_settings

PCM = bytes(48 * 200)  # 200 ms
PIECE = c.AppendAudio(PCM)
BURST = "s/answer-1"


class Talk:
    """Feeds a machine and looks at what it says."""

    def __init__(self, *, online: bool = True, **settings: Any) -> None:
        self.machine = DuplexConversation(turn_settings(**settings))
        self.now = 100.0
        self(e.AudioStarted("card", 0))
        if online:
            self(e.Connected(1))

    def __call__(self, event: e.Event, *, after: float = 0.0) -> list[Any]:
        self.now += after
        return self.machine.handle(event, self.now)

    def tick(self) -> list[Any]:
        """The deadline is reached."""
        assert self.machine.deadline is not None
        self.now = max(self.now, self.machine.deadline)
        return self(e.Tick())

    @property
    def turn(self) -> Turn:
        return self.machine.state.turn

    def says(self, *, speech_ms: int = 400, uplink_id: int = 1, by: e.OpenedBy = "speech") -> list[Any]:
        """The user; what the end of it leads to."""
        self(e.UplinkOpened(uplink_id, by, 0))
        self(e.SpeechStarted(100))
        self(e.MicAudioRecorded(uplink_id, PCM))
        return self(e.UplinkClosed(uplink_id, speech_ms, 1000))

    def answers(self, pieces: int = 1, item_id: str = BURST) -> list[Any]:
        return [output for _ in range(pieces) for output in self(e.AudioDelta(item_id, item_id, PCM))]


def test_it_sees_that_the_devices_are_there() -> None:
    talk = Talk(online=False)
    assert talk.machine.sounds
    assert (talk.machine.state.standby, talk.machine.deadline) == (True, None)
    assert talk(e.AudioNoted("x")) == []


def test_a_voice_opens_the_session_and_is_kept_until_there_is_one() -> None:
    talk = Talk(online=False, mode="hands-free")
    assert talk(e.UplinkOpened(1, "speech", 0)) == [c.OpenLink()]
    assert talk(e.MicAudioRecorded(1, PCM)) == []
    assert talk(e.MicAudioRecorded(9, PCM)) == []  # of an utterance that is over
    assert talk(e.UplinkClosed(9, 400, 1000)) == []
    assert talk(e.Connected(1)) == [PIECE]
    assert talk(e.MicAudioRecorded(1, PCM)) == [PIECE]


def test_of_more_than_a_minute_the_beginning_is_lost_and_that_is_told() -> None:
    talk = Talk(online=False, mode="hands-free")
    talk(e.UplinkOpened(1, "speech", 0))
    for _ in range(MOST_MS // 200 + 1):
        talk(e.MicAudioRecorded(1, PCM))
    outputs = talk(e.Connected(1))
    assert outputs[0] == c.PlayCue(c.Cue.LOST_WORDS)
    assert len(outputs) == 1 + MOST_MS // 200


def test_a_sound_without_a_voice_asks_nothing() -> None:
    talk = Talk(mode="hands-free")
    assert talk.says(speech_ms=0) == [TurnEnded(1, "empty")]
    assert talk(e.Disconnected(1, "x")) == [c.CloseLink()]


def test_and_does_not_take_back_what_was_asked_before() -> None:
    talk = Talk(mode="hands-free")
    talk.says()
    talk.says(speech_ms=0, uplink_id=2)
    assert talk.turn is Turn.THINKING
    assert talk(e.Disconnected(1, "x")) == [c.OpenLink()]
    assert talk(e.Connected(2)) == [PIECE, PIECE]


def test_an_answer_that_waits_is_played_when_the_user_has_finished_even_if_it_is_over() -> None:
    talk = Talk(mode="hands-free")
    talk(e.UplinkOpened(1, "speech", 0))
    assert talk.answers() == []
    assert talk(e.AudioFinished(BURST, BURST)) == []
    assert talk(e.UplinkClosed(1, 400, 1000))[:2] == [c.Play(BURST, PCM), c.FinishPlayback()]


def test_a_short_answer_to_who_is_still_listened_to_is_not_asked_for_again() -> None:
    talk = Talk(mode="hands-free", idle_close_s=25.0)
    talk(e.UplinkOpened(1, "speech", 0))
    talk(e.MicAudioRecorded(1, PCM))
    talk.answers()
    talk(e.AudioFinished(BURST, BURST))
    talk(e.UplinkClosed(1, 400, 1000))
    assert talk(e.PlaybackDrained((e.Heard(BURST, 200),), 2000)) == [TurnEnded(1, "answered")]
    began = talk.now
    assert talk.tick() == []  # no other has followed
    assert talk.machine.deadline == began + 25.0
    assert talk(e.Disconnected(1, "x")) == [c.CloseLink()]


def test_but_until_no_other_follows_it_may_have_been_about_the_beginning() -> None:
    talk = Talk(mode="hands-free")
    talk(e.UplinkOpened(1, "speech", 0))
    talk(e.MicAudioRecorded(1, PCM))
    talk.answers()
    talk(e.UplinkClosed(1, 400, 1000))
    talk(e.AudioFinished(BURST, BURST))
    talk(e.Disconnected(1, "x"), after=1.0)
    assert talk(e.Connected(2)) == [PIECE]


def test_one_that_goes_on_is_not_complete_yet() -> None:
    talk = Talk(mode="hands-free")
    talk(e.UplinkOpened(1, "speech", 0))
    talk(e.MicAudioRecorded(1, PCM))
    talk.answers()
    talk(e.UplinkClosed(1, 400, 1000))
    assert c.OpenLink() in talk(e.Disconnected(1, "x"))


def test_a_word_of_the_model_long_before_the_end_is_not_an_answer() -> None:
    talk = Talk(mode="hands-free")
    talk(e.UplinkOpened(1, "speech", 0))
    talk.answers()
    talk(e.AudioFinished(BURST, BURST))
    talk(e.UplinkClosed(1, 400, 1000), after=5.0)
    talk(e.PlaybackDrained((e.Heard(BURST, 200),), 2000))
    assert talk.turn is Turn.THINKING


def test_in_full_duplex_it_is_played_meanwhile() -> None:
    talk = Talk(mode="hands-free")
    talk(e.EchoJudged(True, 30.0))
    talk(e.UplinkOpened(1, "speech", 0))
    assert talk.answers() == [c.Play(BURST, PCM)]
    assert talk.turn is Turn.SPEAKING


def test_an_answer_ends_where_nothing_more_of_it_comes() -> None:
    talk = Talk(mode="hands-free")
    talk.says()
    talk.answers()
    assert talk.tick() == [c.FinishPlayback()]
    assert talk(e.AudioFinished(BURST, BURST)) == []
    assert talk(e.PlaybackDrained((e.Heard(BURST, 200),), 2000)) == [TurnEnded(1, "answered")]


def test_what_is_said_with_the_button_over_an_answer_is_not_thrown_away_with_it() -> None:
    talk = Talk()
    talk.answers()
    talk(e.ButtonPressed())
    talk.says(by="button")
    assert talk.answers() == []
    assert c.DivideAnswer() in talk(e.Tick(), after=RESUME_S)
    talk(e.AudioFinished(BURST, BURST))
    assert talk.answers(item_id="s/answer-2")[:1] == [c.Play("s/answer-2", PCM)]


def test_but_a_button_that_only_stops_it_stops_all_of_it() -> None:
    talk = Talk()
    talk.answers()
    talk(e.ButtonPressed())
    talk.says(by="button", speech_ms=0)
    for _ in range(20):
        assert talk(e.AudioDelta(BURST, BURST, PCM), after=0.2) == []
        talk(e.Tick())


def test_a_stream_that_falters_does_not_undo_an_interruption() -> None:
    talk = Talk()
    talk.answers()
    talk(e.InterruptRequested())
    assert talk.answers() == []
    talk(e.Tick(), after=1.2)
    assert talk(e.InterruptRequested())[0] == c.StopPlayback()
    talk(e.PlaybackStopped((e.Heard(BURST, 100),), 100))
    for _ in range(14):
        assert talk(e.AudioDelta(BURST, BURST, PCM), after=0.2) == []
    assert c.RenewLink() in talk(e.Tick(), after=0.2)


def test_a_model_that_has_obeyed_keeps_its_session() -> None:
    talk = Talk()
    talk.answers()
    talk(e.InterruptRequested())
    talk(e.PlaybackStopped((e.Heard(BURST, 100),), 100))
    talk(e.Tick(), after=1.0)
    assert c.RenewLink() not in talk(e.Tick(), after=2.0)
    assert talk(e.AudioFinished(BURST, BURST)) == []
    assert talk.answers(item_id="s/answer-2") == [c.Play("s/answer-2", PCM)]


@pytest.mark.parametrize("began_s", [100.0, 100.3, 100.7, 4321.9])
def test_an_answer_that_does_not_come_is_asked_for_at_the_deadline_and_then_the_session_is_left(
    began_s: float,
) -> None:
    talk = Talk(online=False, mode="hands-free")
    talk.now = began_s
    talk.says()
    talk(e.Connected(1))
    (told,) = talk.tick()
    assert isinstance(told, c.Tell)
    assert talk(e.Tick(), after=1.0) == []  # once is enough
    assert talk.tick()[:2] == [c.PlayCue(c.Cue.GAVE_UP), c.CloseLink()]


def test_of_interrupted_answers_nothing_is_kept() -> None:
    talk = Talk()
    for number in range(3):
        item_id = f"s/answer-{number}"
        talk.answers(item_id=item_id)
        talk(e.InterruptRequested())
        talk(e.PlaybackStopped((e.Heard(item_id, 100),), 100))
        talk(e.AudioFinished(item_id, item_id))
    assert talk.machine.dialogue.bursts.whole == set()


def test_two_stops_before_the_first_is_confirmed() -> None:
    talk = Talk()
    talk.answers(2)
    assert c.StopPlayback() in talk(e.ButtonPressed())
    talk(e.UplinkOpened(1, "button", 0))
    talk(e.ButtonReleased())
    talk(e.UplinkClosed(1, 0, 100))
    assert c.StopPlayback() in talk(e.InterruptRequested())
    talk(e.PlaybackStopped((e.Heard(BURST, 100),), 100))
    talk(e.PlaybackStopped((), 120))
    assert talk.turn is Turn.IDLE


def test_what_was_asked_can_be_taken_back() -> None:
    talk = Talk(mode="hands-free")
    talk.says()
    assert talk(e.InterruptRequested()) == [c.CloseLink(), TurnEnded(1, "interrupted")]
    assert talk(e.Disconnected(1, "x")) == []


def test_what_was_typed_is_not_lost_with_the_session() -> None:
    talk = Talk()
    (told, *_) = talk(e.TextEntered("how late is it?"))
    assert isinstance(told, c.Tell)
    assert talk(e.Disconnected(1, "x")) == [c.OpenLink()]
    assert talk(e.Connected(2)) == [told]
    talk.now += PLACED_S
    talk.answers(5)
    assert talk(e.Disconnected(2, "x")) == [c.FinishPlayback(), c.CloseLink()]
    assert talk(e.Connected(3)) == []


def test_muted_in_an_utterance_the_model_has_nobody_to_answer() -> None:
    talk = Talk(mode="hands-free")
    talk(e.UplinkOpened(1, "speech", 0))
    talk(e.MicAudioRecorded(1, PCM))
    assert c.CloseLink() in talk(e.MuteSwitched(True))


def test_what_begins_to_be_answered_is_stopped_without_another_session() -> None:
    talk = Talk(mode="hands-free")
    talk.says()
    talk.answers()
    assert c.CloseLink() not in talk(e.InterruptRequested())


def test_a_wait_for_the_link_is_not_prolonged_by_another_drop() -> None:
    talk = Talk(online=False, mode="hands-free", offline_s=30.0)
    talk.says()
    until = talk.machine.deadline
    talk(e.LinkFailed("dns", "no name", told=False), after=5.0)
    talk(e.Disconnected(1, "x"))
    assert talk.machine.deadline == until
    assert c.PlayCue(c.Cue.NO_NETWORK) in talk.tick()


def test_a_failure_that_waiting_does_not_help_is_told_to_who_waits() -> None:
    talk = Talk(online=False, mode="hands-free")
    assert talk(e.LinkFailed("unauthorized", "no", told=True)) == []
    talk.says()
    assert c.PlayCue(c.Cue.CANNOT_SIGN_IN) in talk(e.LinkFailed("unauthorized", "no", told=True))
    assert talk.turn is Turn.IDLE


def test_a_session_that_nobody_needs_may_end_with_a_refusal() -> None:
    talk = Talk()
    talk(e.Disconnected(1, "x"))
    talk(e.LinkFailed("unauthorized", "no", told=True))
    assert talk.machine.state.mode is Mode.IDLE


def test_what_is_forgotten_without_a_session_needs_none() -> None:
    talk = Talk(online=False)
    outputs = talk(e.ForgetRequested())
    assert outputs == [c.ForgetPreroll(), c.PlayCue(c.Cue.FORGOTTEN)]
    assert talk.machine.visits == 1


def test_a_session_that_is_left_says_so_once() -> None:
    talk = Talk(idle_close_s=25.0, mode="hands-free")
    talk.says()
    talk.answers(5)
    talk(e.AudioFinished(BURST, BURST))
    talk(e.PlaybackDrained((e.Heard(BURST, 1000),), 2000))
    assert talk.tick() == [c.CloseLink()]
    assert talk(e.Disconnected(1, "left")) == []
    assert talk(e.SessionEnded("expired", 30.0)) == []


def test_the_budget_of_a_day_ends_a_session_that_rests() -> None:
    talk = Talk(mode="hands-free")
    assert talk(e.BudgetSpent(True)) == [c.PlayCue(c.Cue.DAILY_COST), c.CloseLink()]
    assert talk(e.UplinkOpened(1, "speech", 0)) == []
    assert talk(e.MicAudioRecorded(1, PCM)) == []
    assert talk(e.SpeechEnded(1000)) == [c.CloseUplink(), c.PlayCue(c.Cue.DAILY_COST)]
    talk(e.BudgetSpent(False))
    assert talk(e.UplinkOpened(2, "speech", 0)) == [c.OpenLink()]


def test_a_question_that_the_sound_is_lost_in_is_asked_as_far_as_it_was_heard() -> None:
    talk = Talk(mode="hands-free")
    talk(e.UplinkOpened(1, "speech", 0))
    talk(e.SpeechStarted(100))
    talk(e.MicAudioRecorded(1, PCM))
    talk(e.AudioLost("microphone", "unplugged"))
    assert talk.turn is Turn.THINKING
    assert talk(e.Disconnected(1, "x")) == [c.OpenLink()]


def test_a_noise_that_the_sound_is_lost_in_needs_no_session() -> None:
    talk = Talk(mode="hands-free")
    talk(e.UplinkOpened(1, "speech", 0))
    talk(e.MicAudioRecorded(1, PCM))
    talk(e.AudioLost("microphone", "unplugged"))
    assert talk(e.Disconnected(1, "x")) == [c.CloseLink()]
    assert talk(e.AudioLost("speaker", "unplugged")) == []


def test_nobody_is_told_that_a_noise_was_not_answered() -> None:
    talk = Talk(mode="hands-free", visit_idle_s=0)
    talk(e.UplinkOpened(1, "speech", 0))
    talk(e.MicAudioRecorded(1, PCM))
    assert talk(e.Disconnected(1, "x")) == [c.OpenLink()]
    assert talk(e.UplinkClosed(1, 0, 1000)) == [c.CloseLink(), TurnEnded(1, "empty")]
    assert talk.machine.deadline is None


PASTA = e.TimeReached(1, "timer", "The timer 'pasta' has ended.")


@pytest.mark.parametrize("stops", [e.ButtonPressed(), e.RingingStopped(), e.InterruptRequested()])
def test_what_was_set_before_rings_until_it_is_stopped(stops: e.Event) -> None:
    talk = Talk(online=False)
    assert talk(PASTA) == [c.StartRinging()]
    assert talk.machine.state.mode is Mode.RINGING
    assert c.StartRinging() in talk(e.AudioStarted("card", 1))
    assert talk(stops) == [c.StopRinging(), c.SettleRing(1, heard=True), c.OpenLink()]
    (told,) = talk(e.Connected(1))
    assert isinstance(told, c.Tell)
    assert told.text.startswith(PASTA.text)
    assert talk(e.RingingStopped()) == []


def test_after_a_minute_it_stops_ringing() -> None:
    talk = Talk(online=False)
    talk(PASTA)
    assert talk.machine.deadline == talk.now + RING_S
    assert talk.tick() == [c.StopRinging(), c.SettleRing(1, heard=False), c.PlayCue(c.Cue.TIMER)]


def test_it_rings_over_nobody_who_talks_and_a_voice_stops_it() -> None:
    talk = Talk(mode="hands-free")
    talk(e.UplinkOpened(1, "speech", 0))
    assert talk(PASTA) == []
    assert c.StartRinging() in talk(e.UplinkClosed(1, 400, 1000))
    assert talk(e.UplinkOpened(2, "speech", 2000))[:2] == [c.StopRinging(), c.SettleRing(1, heard=True)]


def test_muted_nobody_is_listened_to() -> None:
    talk = Talk(online=False)
    talk(e.MuteSwitched(True))
    assert talk(e.UplinkOpened(1, "speech", 0)) == [c.CloseUplink()]
    assert talk(e.ButtonPressed()) == [c.PlayCue(c.Cue.MUTED)]
    assert talk(e.ButtonReleased()) == []
    assert talk(e.Connected(1)) == [c.MuteInput(True)]


# ---- what random histories have found (`python -m tests.fuzzer --duplex`) --------------
def test_an_answer_to_a_text_is_none_to_what_was_said_before_and_is_still_being_sent() -> None:
    talk = Talk(online=False)
    talk(e.ButtonPressed())
    talk(e.UplinkOpened(1, "button", 0))
    for _ in range(20):  # 4 s
        talk(e.MicAudioRecorded(1, PCM))
    talk(e.UplinkClosed(1, 4000, 4000))
    talk(e.TextEntered("how late is it?"))
    talk(e.Connected(1))
    talk(e.Tick(), after=1.0)
    talk.answers(6)
    assert len(talk(e.Disconnected(1, "x"))) == 2  # what came is heard, and another session is wanted
    assert [type(output) for output in talk(e.Connected(2))] == [c.AppendAudio] * 20 + [c.Tell]


def test_what_is_typed_over_an_answer_is_not_answered_by_the_rest_of_it() -> None:
    talk = Talk()
    talk.answers(6)
    (told, *_) = talk(e.TextEntered("and now?"))
    talk.now += 0.6
    talk.answers(2)
    talk(e.AudioFinished(BURST, BURST))
    talk(e.PlaybackDrained((e.Heard(BURST, 1600),), 2000))
    assert talk.turn is Turn.THINKING
    assert talk(e.Disconnected(1, "x")) == [c.OpenLink()]
    assert talk(e.Connected(2)) == [told]


def test_unless_it_goes_on_for_long_as_one_that_began_early() -> None:
    talk = Talk()
    talk.answers(1)
    talk(e.TextEntered("and now?"))
    talk.now += 10.0
    talk.answers(1)
    talk(e.AudioFinished(BURST, BURST))
    assert talk(e.PlaybackDrained((e.Heard(BURST, 400),), 2000)) == [TurnEnded(1, "answered")]
    talk(e.Tick(), after=SURE_S)
    assert talk(e.Disconnected(1, "x")) == [c.CloseLink()]


def test_of_which_too_little_was_heard_is_asked_again_and_waited_for() -> None:
    talk = Talk(mode="hands-free")
    talk.says()
    talk.answers(1)
    assert talk(e.Disconnected(1, "x")) == [c.FinishPlayback(), c.OpenLink()]
    talk(e.PlaybackDrained((e.Heard(BURST, 200),), 2000))
    assert talk.turn is Turn.THINKING
    assert talk.tick()[0] == c.PlayCue(c.Cue.OFFLINE)


def test_nobody_waits_any_more_and_no_session_is_opened() -> None:
    talk = Talk(online=False, mode="hands-free")
    talk.says()
    assert talk.tick()[:2] == [c.PlayCue(c.Cue.OFFLINE), c.CloseLink()]
    talk.says()
    assert talk(e.InterruptRequested())[:1] == [c.CloseLink()]
    talk(e.LinkPrepared(urgent=True))
    assert talk(e.LinkFailed("unauthorized", "no", told=True)) == []


def test_nor_where_one_was_to_follow_another() -> None:
    talk = Talk()
    assert talk(e.LinkPrepared(urgent=True)) == [c.RenewLink()]
    assert talk(e.Disconnected(1, "x")) == []
    assert talk(e.LinkFailed("unauthorized", "no", told=True)) == [c.CloseLink()]


def test_moved_while_somebody_waits_there_is_an_end_to_that() -> None:
    talk = Talk(mode="hands-free")
    talk.says()
    assert talk(e.LinkPrepared(urgent=True)) == [c.RenewLink()]
    assert talk.machine.deadline == talk.now + talk.machine.dialogue.settings.limits.offline_s


def test_a_second_question_over_a_short_answer_ends_an_answered_turn() -> None:
    talk = Talk(mode="hands-free")
    talk(e.EchoJudged(True, 20.0))
    talk.says()
    talk(e.UplinkOpened(2, "speech", 0))
    talk.answers()
    talk(e.TextEntered("and now?"))
    assert talk(e.PlaybackDrained((e.Heard(BURST, 200),), 2000)) == [TurnEnded(1, "answered")]
    assert talk.machine.dialogue.outcome == "unanswered"  # as far as is known


def test_an_answer_that_was_stopped_does_not_go_on_after_a_pause() -> None:
    talk = Talk()
    talk.answers()
    talk(e.InterruptRequested())
    talk(e.PlaybackStopped((e.Heard(BURST, 100),), 100))
    talk(e.AudioFinished(BURST, BURST))
    for _ in range(14):
        assert talk(e.AudioDelta("s/answer-2", "s/answer-2", PCM), after=0.2) == []
    assert c.RenewLink() in talk(e.Tick(), after=0.2)


def test_but_what_is_asked_then_is_answered() -> None:
    talk = Talk()
    talk.answers()
    talk(e.InterruptRequested())
    talk(e.PlaybackStopped((e.Heard(BURST, 100),), 100))
    talk(e.AudioFinished(BURST, BURST))
    talk(e.TextEntered("and now?"))
    assert talk.answers(item_id="s/answer-2") == [c.Play("s/answer-2", PCM)]


@pytest.mark.parametrize("listens", [True, False])
def test_what_comes_without_a_speaker_is_lost_and_that_is_shown(listens: bool) -> None:
    talk = Talk(mode="hands-free")
    talk(e.EchoJudged(True, 20.0))
    talk.says()
    talk.answers()
    if listens:
        talk(e.UplinkOpened(2, "speech", 0))
        talk(e.PlaybackStopped((e.Heard(BURST, 100),), 100))
    talk(e.PlaybackStopped((e.Heard(BURST, 100),), 100))
    ended = talk(e.AudioLost("speaker", "gone"))
    assert c.Play(BURST, PCM) not in talk.answers()
    assert talk.machine.state.mode is Mode.FAULT
    talk(e.AudioStarted("card", 0))
    assert talk.answers() == []  # nobody would understand the rest
    talk(e.WordsTranscribed(BURST, "assistant", " rest", 300, 500))
    assert [said.text for said in talk.machine.said] == []
    assert TurnEnded(1, "answered") not in ended


def test_words_that_waited_and_were_never_played_were_not_said() -> None:
    talk = Talk(mode="hands-free")
    talk(e.UplinkOpened(1, "speech", 0))
    talk.answers()
    talk(e.WordsTranscribed(BURST, "assistant", "Hello", 0, 200))
    talk(e.InterruptRequested())
    assert talk.machine.said == []


def test_words_that_were_sent_to_a_player_that_is_gone_were_not_heard() -> None:
    talk = Talk(mode="hands-free")
    talk.says()
    talk(e.WordsTranscribed(BURST, "assistant", "Hello", 0, 200))
    talk.answers()
    talk(e.AudioStarted("card", 0))
    assert talk.machine.said == []


def test_a_press_without_a_microphone_does_not_listen_for_long() -> None:
    talk = Talk(online=False, idle_close_s=25.0)
    talk(e.AudioLost("microphone", "gone"))
    talk(e.ButtonPressed())
    assert talk.machine.deadline == talk.now + SOUND_RETURN_S
    assert talk.tick() == [c.CloseUplink(), c.CloseLink(), TurnEnded(1, "empty")]


def test_nor_if_it_is_lost_just_then() -> None:
    talk = Talk(online=False)
    talk(e.ButtonPressed())
    assert talk(e.AudioLost("microphone", "gone")) == [c.CloseLink(), TurnEnded(1, "empty")]


def test_an_uplink_that_nobody_wants_any_more_records_nothing() -> None:
    talk = Talk()
    talk(e.ButtonPressed())
    talk(e.MuteSwitched(True))
    talk(e.MuteSwitched(False))
    assert talk(e.UplinkOpened(1, "button", 0)) == [c.CloseUplink()]
    assert talk(e.MicAudioRecorded(1, PCM)) == []


def test_on_a_spent_budget_no_question_is_asked_again() -> None:
    talk = Talk(mode="hands-free")
    talk.says()
    talk.answers()
    talk(e.BudgetSpent(True))
    assert talk(e.Disconnected(1, "x")) == [
        c.FinishPlayback(), c.PlayCue(c.Cue.DAILY_COST), c.CloseLink()
    ]  # fmt: skip


def test_nor_is_one_session_left_for_another() -> None:
    talk = Talk()
    talk.answers()
    talk(e.InterruptRequested())
    talk(e.BudgetSpent(True))
    for _ in range(14):
        talk(e.AudioDelta(BURST, BURST, PCM), after=0.2)
    outputs = talk(e.Tick(), after=0.2)
    assert c.CloseLink() in outputs
    assert c.RenewLink() not in outputs


def test_over_an_answer_that_is_let_finish_nobody_is_told_of_the_budget() -> None:
    talk = Talk(mode="hands-free")
    talk.answers()
    talk(e.BudgetSpent(True))
    talk(e.UplinkOpened(1, "speech", 0))
    assert talk(e.SpeechEnded(1000)) == [c.CloseUplink()]


def test_what_is_not_surely_answered_is_not_taken_back_by_a_noise() -> None:
    talk = Talk(mode="hands-free")
    talk.says()
    talk.answers()
    talk(e.UplinkOpened(2, "speech", 0))
    talk(e.Disconnected(1, "x"))
    assert c.CloseLink() not in talk(e.UplinkClosed(2, 0, 1000))
    assert talk(e.Connected(2)) == [PIECE]


def test_a_session_that_is_left_in_silence_has_answered_everything() -> None:
    talk = Talk(mode="hands-free", idle_close_s=8.0)
    talk.says()
    talk.answers()
    talk(e.Tick(), after=QUIET_S)  # it may have been broken off
    talk(e.PlaybackDrained((e.Heard(BURST, 200),), 2000))
    assert talk.tick() == [c.CloseLink()]
    talk(e.Disconnected(1, "left"))
    talk.says(uplink_id=2)
    assert talk(e.Connected(2)) == [PIECE]


def test_with_a_wake_word_a_link_that_is_lost_on_a_spent_budget_rests() -> None:
    talk = Talk(mode="wake-word")
    talk(e.WakeWordHeard("word", 0.9, 0))
    talk.says(by="word")
    talk.answers()
    talk(e.BudgetSpent(True))
    talk(e.Disconnected(1, "x"))
    assert c.CloseLink() in talk(e.PlaybackDrained((e.Heard(BURST, 200),), 2000))
    assert talk.machine.state.mode is Mode.IDLE
