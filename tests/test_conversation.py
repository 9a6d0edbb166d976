"""The turn machine, as playbooks: this event, these commands."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from edge_agent.conversation.machine import Conversation
from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.commands import Cue
from edge_agent.vocabulary.notices import TurnEnded
from edge_agent.vocabulary.state import Mode, Turn

from .settings import turn_settings

PCM = bytes(48 * 200)  # 200 ms
ASK = c.CreateResponse
CALL = e.FunctionCall("c1", "f", "{}")


class Play:
    """Feeds a conversation and looks at what it says."""

    def __init__(self, *, online: bool = True, **settings: Any) -> None:
        self.conversation = Conversation(turn_settings(**settings))
        self.ended: list[TurnEnded] = []
        self.now = 100.0
        if online:
            self(e.Connected(1))

    def __call__(self, event: e.Event, *, after: float = 0.0) -> list[c.Command]:
        self.now += after
        outputs = self.conversation.handle(event, self.now)
        self.ended += [output for output in outputs if isinstance(output, TurnEnded)]
        return [output for output in outputs if not isinstance(output, TurnEnded)]

    def tick(self) -> list[c.Command]:
        """The deadline is reached."""
        assert self.conversation.deadline is not None
        self.now = max(self.now, self.conversation.deadline)
        return self(e.Tick())

    def turn(self) -> Turn:
        return self.conversation.state.turn

    def mode(self) -> Mode:
        return self.conversation.state.mode

    def listening(self) -> Play:
        self(e.ButtonPressed())
        self(e.UplinkOpened(1, "button", 0))
        self(e.MicAudioRecorded(1, PCM))
        return self

    def thinking(self) -> Play:
        self.listening()
        self(e.ButtonReleased())
        self(e.UplinkClosed(1, 400, 1000))
        assert self.turn() is Turn.THINKING
        return self

    def speaking(self, ms: int = 1000) -> Play:
        self.thinking()
        self(e.ResponseStarted("r1", "ask_1"))
        self(e.AudioDelta("r1", "i1", bytes(48 * ms)))
        assert self.turn() is Turn.SPEAKING
        return self


def done(status: Any = "completed", reason: str = "", **fields: Any) -> e.ResponseDone:
    return e.ResponseDone("r1", status, reason, **fields)


def drained(**heard_ms: int) -> e.PlaybackDrained:
    return e.PlaybackDrained(tuple(itertools.starmap(e.Heard, heard_ms.items())), 0)


# ---- button ------------------------------------------------------------
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


def test_tap_to_end() -> None:
    play = Play(button="tap").listening()
    assert play(e.ButtonPressed()) == [c.CloseUplink()]
    assert play(e.ButtonPressed()) == []
    assert c.CommitInput() in play(e.UplinkClosed(1, 200, 1000))


def test_tapped_to_end_it_is_a_question_even_if_the_gate_heard_nothing() -> None:
    play = Play(button="tap").listening()
    play(e.ButtonPressed())
    assert c.CommitInput() in play(e.UplinkClosed(1, 0, 300))
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
    assert c.CommitInput() in play(e.UplinkClosed(1, 0, 1000))


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
    assert c.CommitInput() in play(e.UplinkClosed(1, 0, 60_000))


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
    assert play.tick() == [c.CommitInput(), ASK("ask_1"), c.PlayCue(Cue.DONE)]  # with what there is
    play = Play()
    play(e.ButtonPressed())
    play(e.ButtonReleased())
    assert play(e.UplinkOpened(1, "button", 0)) == []
    assert play.tick() == [c.CloseUplink(), c.PlayCue(Cue.GAVE_UP)]


# ---- interrupting --------------------------------------------------------
def test_a_press_over_the_answer() -> None:
    play = Play().speaking()
    commands = play(e.ButtonPressed())
    assert commands[:2] == [c.StopPlayback(), c.CancelResponse("r1")]
    assert c.OpenUplink("closed") in commands
    assert play(e.PlaybackStopped((e.Heard("i1", 420),), 5000)) == [c.TruncateItem("i1", 420)]
    assert play(e.AudioDelta("r1", "i1", PCM)) == []  # too late
    assert play(e.TranscriptDelta("r1", "i1", "late")) == []
    assert play(done("cancelled", item_ids=("i1",))) == []
    assert play.turn() is Turn.LISTENING


def test_nothing_heard_means_deleted() -> None:
    play = Play().speaking()
    play(e.InterruptRequested())
    assert play(e.PlaybackStopped((e.Heard("i1", 0),), 5000)) == [c.DeleteItem("i1")]


def test_an_item_that_never_sounded_is_deleted_when_its_response_ends() -> None:
    play = Play().thinking()
    play(e.ResponseStarted("r1", "ask_1"))
    assert play(e.InterruptRequested()) == [c.CancelResponse("r1")]
    assert play(done("cancelled", item_ids=("i1",))) == [c.DeleteItem("i1")]


def test_after_the_response_is_done_there_is_nothing_to_cancel() -> None:
    play = Play().speaking()
    play(done(item_ids=("i1",)))
    assert play(e.InterruptRequested()) == [c.StopPlayback()]
    assert play(e.PlaybackStopped((e.Heard("i1", 999),), 5000)) == [c.TruncateItem("i1", 999)]


def test_all_heard_is_not_truncated() -> None:
    play = Play().speaking()
    play(done(item_ids=("i1",)))
    play(e.InterruptRequested())
    assert play(e.PlaybackStopped((e.Heard("i1", 1000),), 5000)) == []


def test_several_items_each_by_what_was_heard_of_it() -> None:
    play = Play().speaking()
    play(e.AudioDelta("r1", "i2", PCM))
    play(e.AudioDelta("r1", "i3", PCM))
    play(done(item_ids=("i1", "i2", "i3")))
    play(e.InterruptRequested())
    heard = (e.Heard("i1", 1000), e.Heard("i2", 50), e.Heard("i3", 0))
    assert play(e.PlaybackStopped(heard, 0)) == [c.TruncateItem("i2", 50), c.DeleteItem("i3")]


def test_an_item_heard_to_its_end_is_left_alone_while_the_next_one_comes() -> None:
    play = Play().speaking()
    play(e.AudioFinished("r1", "i1"))
    play(e.AudioDelta("r1", "i2", PCM))
    play(e.InterruptRequested())
    heard = (e.Heard("i1", 1000), e.Heard("i2", 50))
    assert play(e.PlaybackStopped(heard, 0)) == [c.TruncateItem("i2", 50)]


def test_the_end_of_an_item_that_the_service_has_cut_is_not_its_end() -> None:
    play = Play().speaking()
    play(e.InterruptRequested())
    play(e.AudioFinished("r1", "i1"))
    assert play(e.PlaybackStopped((e.Heard("i1", 1000),), 0)) == [c.TruncateItem("i1", 1000)]


def test_a_cancel_that_overtakes_the_answer() -> None:
    play = Play().thinking()
    assert play(e.InterruptRequested()) == []
    assert play(e.ResponseStarted("r1", "ask_1")) == [c.CancelResponse("r1")]
    assert play(e.AudioDelta("r1", "i1", PCM)) == []
    assert play(done("cancelled", item_ids=("i1",))) == [c.DeleteItem("i1")]


def test_a_new_question_waits_for_the_end_of_the_old_answer() -> None:
    play = Play().thinking()
    play(e.ButtonPressed())
    play(e.UplinkOpened(2, "button", 0))
    play(e.MicAudioRecorded(2, PCM))
    assert play(e.UplinkClosed(2, 200, 1000)) == [c.CommitInput(), c.PlayCue(Cue.DONE)]
    assert play(e.ResponseStarted("r1", "ask_1")) == [c.CancelResponse("r1")]
    assert play(done("cancelled")) == [ASK("ask_2")]


def test_the_transcript_keeps_what_was_heard() -> None:
    play = Play().speaking(1000)
    play(e.TranscriptDelta("r1", "i1", "one two three four"))
    play(e.InterruptRequested())
    play(e.PlaybackStopped((e.Heard("i1", 500),), 0))
    (said,) = play.conversation.said
    assert (said.text, said.cut) == ("one two", True)


# ---- mute ----------------------------------------------------------------
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
    assert play(e.UplinkOpened(2, "speech", 0)) == []
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


# ---- hands-free ------------------------------------------------------------
def test_a_voice_opens_silence_ends() -> None:
    play = Play(mode="hands-free")
    play(e.SpeechStarted(80))
    assert play(e.UplinkOpened(1, "speech", 80)) == []
    assert play.turn() is Turn.LISTENING
    play(e.MicAudioRecorded(1, PCM))
    assert play(e.SpeechEnded(900)) == []
    assert play(e.UplinkClosed(1, 300, 900)) == [c.CommitInput(), ASK("ask_1"), c.PlayCue(Cue.DONE)]


def test_a_voice_over_the_answer() -> None:
    play = Play(mode="hands-free").speaking()
    assert play(e.UplinkOpened(2, "speech", 80)) == [c.StopPlayback(), c.CancelResponse("r1")]
    assert play(e.MicAudioRecorded(2, PCM)) == [c.AppendAudio(PCM)]


def test_a_press_hands_free_is_a_tap() -> None:
    play = Play(mode="hands-free")
    assert play(e.ButtonPressed())[0] == c.OpenUplink("silence")
    play(e.UplinkOpened(1, "speech", 80))
    assert play(e.ButtonPressed()) == [c.CloseUplink()]


@pytest.mark.parametrize("end", ["server", "semantic"])
def test_the_service_ends_the_turn(end: str) -> None:
    play = Play(mode="hands-free", end=end)
    play(e.UplinkOpened(1, "speech", 80))
    play(e.MicAudioRecorded(1, PCM))
    play(e.SpeechEnded(900))
    assert play.conversation.deadline == 110  # not for ever
    play(e.ServiceSpeechStarted("u1", 0))
    assert play.conversation.deadline == 160
    play(e.ServiceSpeechStopped("u1", 500))
    assert play(e.InputCommitted("u1")) == [c.CloseUplink()]
    assert play.turn() is Turn.THINKING
    assert play(e.MicAudioRecorded(1, PCM)) == []
    assert play(e.ResponseStarted("r1")) == []
    assert play(e.AudioDelta("r1", "i1", PCM)) == [c.Play("i1", PCM)]


@pytest.mark.parametrize("end", ["server", "semantic"])
def test_a_button_does_not_take_the_end_from_the_service(end: str) -> None:
    play = Play(mode="hands-free", end=end)
    assert play(e.ButtonPressed())[0] == c.OpenUplink("closed")
    play(e.UplinkOpened(1, "button", 0))
    assert play.conversation.deadline == 108  # for the first word
    play(e.MicAudioRecorded(1, PCM))
    play(e.SpeechStarted(100))
    assert play(e.SpeechEnded(900)) == []
    assert play(e.InputCommitted("u1")) == [c.CloseUplink()]


def test_what_the_service_says_late_of_our_utterance() -> None:
    """Its commit and its voice detection are about the utterance before, until it has confirmed ours."""
    play = Play(mode="hands-free", end="server")
    play(e.UplinkOpened(1, "speech", 0))
    play(e.MicAudioRecorded(1, PCM))
    play(e.ButtonPressed())
    play(e.UplinkClosed(1, 500, 900))
    assert play(e.ServiceSpeechStarted("u1", 0)) == []
    assert play.turn() is Turn.THINKING
    play(e.UplinkOpened(2, "speech", 1000))
    play(e.MicAudioRecorded(2, PCM))
    assert play(e.InputCommitted("u1")) == []
    assert play.turn() is Turn.LISTENING
    assert play(e.InputCommitted("u2")) == [c.CloseUplink()]


def test_the_service_had_ended_it_already() -> None:
    play = Play(mode="hands-free", end="server")
    play(e.UplinkOpened(1, "speech", 0))
    play(e.MicAudioRecorded(1, PCM))
    play(e.ButtonPressed())
    play(e.UplinkClosed(1, 500, 900))
    play(e.InputCommitted("u1"))  # by the service: it crossed ours
    play(e.ResponseStarted("r1"))
    assert play(e.ServiceErred("input_audio_buffer_commit_empty", "nothing there")) == []
    assert play(e.ServiceErred("conversation_already_has_active_response", "busy", "ask_1")) == []
    assert play(e.AudioDelta("r1", "i1", PCM)) == [c.Play("i1", PCM)]
    assert play(e.ServiceSpeechStarted("u2", 900))[0] == c.StopPlayback()


def test_the_service_hears_nothing_the_gate_heard_something() -> None:
    play = Play(mode="hands-free", end="server")
    play(e.UplinkOpened(1, "speech", 80))
    play(e.MicAudioRecorded(1, PCM))
    play(e.SpeechEnded(900))
    assert play.tick() == [c.CloseUplink()]
    assert c.CommitInput() in play(e.UplinkClosed(1, 300, 11_000))


def test_the_service_hears_the_user_go_on() -> None:
    play = Play(mode="hands-free", end="server")
    play(e.UplinkOpened(1, "speech", 80))
    play(e.MicAudioRecorded(1, PCM))
    play(e.InputCommitted("u1"))
    play(e.ResponseStarted("r1"))
    play(e.AudioDelta("r1", "i1", PCM))
    # it cancels the answer by itself: no cancel from us
    assert play(e.ServiceSpeechStarted("u2", 900)) == [c.StopPlayback(), c.OpenUplink("closed")]
    assert play.turn() is Turn.LISTENING
    play(e.UplinkOpened(2, "button", 1000))
    assert play.conversation.deadline == 160
    assert play(done("cancelled", "turn_detected", item_ids=("i1",))) == []


def test_what_the_service_hears_is_no_matter_elsewhere() -> None:
    play = Play(mode="hands-free", end="server")
    assert play(e.ServiceSpeechStarted("u1", 0)) == []  # idle
    play = Play().speaking()
    assert play(e.ServiceSpeechStarted("u1", 0)) == []
    assert play.turn() is Turn.SPEAKING


def test_a_response_that_nobody_wants() -> None:
    assert Play()(e.ResponseStarted("r9")) == [c.CancelResponse("r9")]


def test_offline_the_gate_ends_what_the_service_would() -> None:
    play = Play(mode="hands-free", end="server", online=False)
    play(e.UplinkOpened(1, "speech", 80))
    play(e.MicAudioRecorded(1, PCM))
    assert play(e.SpeechEnded(900)) == [c.CloseUplink()]
    assert play(e.UplinkClosed(1, 300, 900)) == [c.PlayCue(Cue.OFFLINE)]


# ---- the link ----------------------------------------------------------------
def test_a_press_before_the_link_is_up() -> None:
    play = Play(online=False)
    assert play.mode() is Mode.OFFLINE
    play.listening()
    assert play.mode() is Mode.LISTENING
    play(e.MicAudioRecorded(1, PCM))
    assert play(e.Connected(1)) == [c.AppendAudio(PCM), c.AppendAudio(PCM)]
    assert play(e.MicAudioRecorded(1, PCM)) == [c.AppendAudio(PCM)]


def test_a_question_waits_for_the_link() -> None:
    play = Play(online=False).listening()
    play(e.ButtonReleased())
    assert play(e.UplinkClosed(1, 200, 500)) == [c.PlayCue(Cue.OFFLINE)]
    assert play.mode() is Mode.OFFLINE
    assert play(e.Connected(1), after=5) == [c.AppendAudio(PCM), c.CommitInput(), ASK("ask_1")]
    assert play.mode() is Mode.THINKING


@pytest.mark.parametrize("end", ["server", "semantic"])
def test_the_service_does_not_cut_up_a_question_that_has_waited(end: str) -> None:
    play = Play(mode="hands-free", end=end, online=False)
    play(e.UplinkOpened(1, "speech", 0))
    play(e.MicAudioRecorded(1, PCM))
    play(e.SpeechEnded(900))
    play(e.UplinkClosed(1, 300, 900))
    assert play(e.Connected(1)) == [
        c.DetectTurns(False),
        c.AppendAudio(PCM),
        c.CommitInput(),
        c.DetectTurns(True),
        ASK("ask_1"),
    ]
    assert play(e.ServiceSpeechStarted("u1", 0)) == []  # from one that listens in spite of it
    play(e.InputCommitted("u1"))
    play(e.ResponseStarted("r1", "ask_1"))
    assert play(e.AudioDelta("r1", "i1", PCM)) == [c.Play("i1", PCM)]


def test_questions_that_wait_are_answered_together() -> None:
    play = Play(online=False).thinking()
    play(e.ButtonPressed())
    play(e.UplinkOpened(2, "button", 2000))
    play(e.MicAudioRecorded(2, PCM * 2))
    play(e.ButtonReleased())
    assert play(e.UplinkClosed(2, 400, 3000)) == [c.PlayCue(Cue.OFFLINE)]
    play(e.TextEntered("and this"))
    said = [c.AppendAudio(PCM), c.CommitInput(), c.AppendAudio(PCM * 2), c.CommitInput()]
    assert play(e.Connected(1)) == [*said, c.CreateUserText("and this"), ASK("ask_1")]


def test_the_link_is_back_in_the_middle_of_the_second_question() -> None:
    play = Play(mode="hands-free", end="server", online=False)
    play(e.UplinkOpened(1, "speech", 0))
    play(e.MicAudioRecorded(1, PCM))
    play(e.UplinkClosed(1, 300, 900))
    play(e.UplinkOpened(2, "speech", 1000))
    play(e.MicAudioRecorded(2, PCM * 2))
    replay = [c.DetectTurns(False), c.AppendAudio(PCM), c.CommitInput(), c.DetectTurns(True)]
    assert play(e.Connected(1)) == [*replay, c.AppendAudio(PCM * 2)]
    assert play(e.InputCommitted("u1")) == []
    assert play.turn() is Turn.LISTENING
    assert play(e.InputCommitted("u2")) == [c.CloseUplink()]


def test_the_link_is_back_in_the_middle_of_what_the_service_would_end() -> None:
    play = Play(mode="hands-free", end="server")
    play(e.UplinkOpened(1, "speech", 0))
    play(e.MicAudioRecorded(1, PCM))
    play(e.Disconnected(1, "gone"))
    play(e.MicAudioRecorded(1, PCM))
    assert play(e.Connected(2)) == [c.DetectTurns(False), c.AppendAudio(PCM), c.AppendAudio(PCM)]
    assert play(e.MicAudioRecorded(1, PCM)) == [c.AppendAudio(PCM)]
    assert play(e.SpeechEnded(900)) == [c.CloseUplink()]
    commands = play(e.UplinkClosed(1, 300, 900))
    assert commands == [c.CommitInput(), c.DetectTurns(True), ASK("ask_1"), c.PlayCue(Cue.DONE)]


def test_the_link_drops_before_the_service_has_ended_it() -> None:
    play = Play(mode="hands-free", end="server")
    play(e.UplinkOpened(1, "speech", 0))
    play(e.MicAudioRecorded(1, PCM))
    play(e.SpeechEnded(900))
    assert play(e.Disconnected(1, "gone")) == [c.CloseUplink()]


def test_a_press_without_a_word_does_not_drop_what_waits() -> None:
    play = Play(online=False).thinking()
    play(e.ButtonPressed())
    play(e.UplinkOpened(2, "button", 2000))
    play(e.MicAudioRecorded(2, PCM))
    play(e.Connected(1))
    play(e.ButtonReleased())
    assert play(e.UplinkClosed(2, 0, 2100)) == [c.ClearInput(), ASK("ask_1"), c.PlayCue(Cue.DONE)]


def test_mute_drops_what_waits() -> None:
    play = Play(online=False).thinking()
    play(e.MuteSwitched(True))
    assert play(e.Connected(1)) == []


def test_a_question_does_not_wait_for_ever() -> None:
    play = Play(online=False, offline_s=30).thinking()
    assert play.conversation.deadline == 130
    assert play.tick() == [c.PlayCue(Cue.OFFLINE)]
    assert play.turn() is Turn.IDLE


def test_waiting_is_no_use() -> None:
    play = Play(online=False)
    play(e.LinkFailed("dns", "no network", told=False))
    play.thinking()
    assert play(e.LinkFailed("unauthorized", "the key was refused", told=True)) == [
        c.PlayCue(Cue.CANNOT_SIGN_IN)
    ]
    play(e.ButtonPressed())
    play(e.UplinkOpened(2, "button", 0))
    play(e.MicAudioRecorded(2, PCM))
    assert (
        play(e.LinkFailed("unauthorized", "the key was refused", told=True)) == []
    )  # it was tried once more
    assert play(e.UplinkClosed(2, 200, 500)) == [c.PlayCue(Cue.CANNOT_SIGN_IN)]
    assert play.turn() is Turn.IDLE
    assert play(e.LinkFailed("unauthorized", "the key was refused", told=True)) == []
    play(e.Connected(1))
    play.thinking()


def test_the_link_drops_while_listening() -> None:
    play = Play().listening()
    assert play(e.Disconnected(1, "gone")) == []
    assert play(e.MicAudioRecorded(1, PCM)) == []
    assert play(e.Connected(2)) == [c.AppendAudio(PCM), c.AppendAudio(PCM)]


def test_the_link_drops_before_the_answer() -> None:
    play = Play().thinking()
    play(e.ResponseStarted("r1", "ask_1"))
    assert play(e.Disconnected(1, "gone")) == []
    assert play(e.Connected(2)) == [c.AppendAudio(PCM), c.CommitInput(), ASK("ask_2")]


def test_the_link_drops_in_the_middle_of_the_answer() -> None:
    play = Play().speaking()
    assert play(e.Disconnected(1, "gone")) == [c.FinishPlayback()]  # what came is still worth hearing
    play(e.Connected(2))
    play(e.InterruptRequested())
    assert play(e.PlaybackStopped((e.Heard("i1", 300),), 0)) == []  # this connection knows no such item
    play = Play().speaking()
    play(e.Disconnected(1, "gone"))
    assert play(drained(i1=1000)) == [c.PlayCue(Cue.OFFLINE)]


def test_the_link_drops_when_the_answer_has_hardly_begun() -> None:
    play = Play().speaking(40)
    assert play(e.Disconnected(1, "gone")) == [c.StopPlayback()]
    assert play(e.PlaybackStopped((e.Heard("i1", 0),), 0)) == []
    assert play.turn() is Turn.THINKING
    assert play.conversation.deadline == 130
    assert play(e.Connected(2)) == [c.AppendAudio(PCM), c.CommitInput(), ASK("ask_2")]
    play = Play().speaking(40)
    play(done(item_ids=("i1",)))
    assert play(e.Disconnected(1, "gone")) == [c.FinishPlayback()]  # a short answer, but all of it


def test_the_service_took_in_less_than_can_be_said_again() -> None:
    play = Play(mode="hands-free", end="server")
    play(e.UplinkOpened(1, "speech", 80))
    play(e.MicAudioRecorded(1, bytes(48 * 90)))
    play(e.InputCommitted("u1"))
    assert play(e.Disconnected(1, "gone")) == [c.PlayCue(Cue.OFFLINE)]


def test_the_link_drops_while_a_function_is_answered() -> None:
    play = Play().thinking()
    play(e.ResponseStarted("r1", "ask_1"))
    play(e.AudioDelta("r1", "i1", PCM * 5))
    play(done(calls=(CALL,)))
    play(drained(i1=1000))
    assert play.turn() is Turn.THINKING
    assert play(e.Disconnected(1, "gone")) == [c.PlayCue(Cue.OFFLINE)]  # a second of it was an answer
    play = Play().speaking(200)
    play(done(calls=(CALL,)))
    play(drained(i1=200))
    play(e.Disconnected(1, "gone"))
    assert play(e.Connected(2)) == [c.AppendAudio(PCM), c.CommitInput(), ASK("ask_3")]


def test_idle_the_link_may_come_and_go() -> None:
    play = Play()
    assert play(e.Disconnected(1, "gone")) == []
    assert play.mode() is Mode.OFFLINE
    assert play(e.Connected(2)) == []
    assert play.mode() is Mode.IDLE


# ---- answers that go wrong ------------------------------------------------------
def test_no_answer_comes() -> None:
    """Another session is tried first: it may be that this one is dead."""
    play = Play(answer_s=20).thinking()
    assert play.conversation.deadline == 110
    assert play.tick() == [c.RenewLink()]
    assert play.mode() is Mode.THINKING
    play(e.Disconnected(1, "renewed"))
    assert play(e.Connected(2)) == [c.AppendAudio(PCM), c.CommitInput(), ASK("ask_2")]
    assert play.tick() == [c.PlayCue(Cue.GAVE_UP)]
    assert play.turn() is Turn.IDLE
    assert play(e.ResponseStarted("r1", "ask_2")) == [c.CancelResponse("r1")]


def test_the_answer_stalls() -> None:
    play = Play(stall_s=8).speaking(1000)
    assert play.conversation.deadline == 109
    play(e.PlaybackStarved("i1", 0), after=2)
    assert play.conversation.deadline == 110
    assert play.tick() == [c.StopPlayback(), c.CancelResponse("r1"), c.PlayCue(Cue.GAVE_UP)]


def test_a_failed_response_is_asked_for_once_more() -> None:
    play = Play().thinking()
    play(e.ResponseStarted("r1", "ask_1"))
    assert play(done("failed", "server_error")) == []
    assert play.conversation.deadline == 100.5
    assert play.tick() == [ASK("ask_2")]
    play(e.ResponseStarted("r1", "ask_2"))
    assert play(done("failed", "server_error")) == [c.RenewLink()]  # the same again: it is the session
    play(e.Disconnected(1, "renewed"))
    assert ASK("ask_3") in play(e.Connected(2))
    assert play(done("failed", "server_error")) == [c.PlayCue(Cue.SERVICE_PROBLEM)]


def test_a_rate_limit_is_waited_out() -> None:
    play = Play().thinking()
    asked = [play.now]
    for number in range(1, 4):
        play(e.ResponseStarted("r1", f"ask_{number}"))
        play(done("failed", "rate_limit_exceeded"))
        assert play.tick() == [ASK(f"ask_{number + 1}")]
        asked.append(play.now)
    assert [b - a for a, b in itertools.pairwise(asked)] == [0.5, 1.0, 2.0]
    play(e.ResponseStarted("r1", "ask_4"))
    assert play(done("failed", "rate_limit_exceeded")) == [c.PlayCue(Cue.SERVICE_BUSY)]


def test_a_response_that_fails_without_having_begun() -> None:
    play = Play().thinking()
    assert play(done("failed", "insufficient_quota")) == [c.PlayCue(Cue.GAVE_UP)]


def test_empty_sound_is_none() -> None:
    play = Play().thinking()
    play(e.ResponseStarted("r1", "ask_1"))
    assert play(e.AudioDelta("r1", "i1", b"")) == []
    assert play(done(item_ids=("i1",))) == [c.PlayCue(Cue.GAVE_UP)]


def test_an_answer_without_sound() -> None:
    play = Play().thinking()
    play(e.ResponseStarted("r1", "ask_1"))
    assert play(done(item_ids=("i1",))) == [c.PlayCue(Cue.GAVE_UP)]


def test_an_answer_that_is_cut_short_plays_what_came() -> None:
    play = Play().speaking()
    assert play(done("incomplete", "content_filter", item_ids=("i1",))) == [c.FinishPlayback()]
    play(drained(i1=1000))
    assert play.turn() is Turn.IDLE


def test_the_request_is_refused() -> None:
    play = Play().thinking()
    assert play(e.ServiceErred("response_cancel_not_active", "race")) == []
    assert play(e.ServiceErred("invalid_value", "no", "ask_1")) == [c.PlayCue(Cue.GAVE_UP)]
    play = Play().thinking()
    assert play(e.ServiceErred("server_error", "sorry")) == []  # without an id: it can only mean ours
    assert play.tick() == [ASK("ask_2")]


def test_the_refusal_of_an_abandoned_request_lets_the_next_one_go() -> None:
    play = Play().thinking()
    play(e.ButtonPressed())
    play(e.UplinkOpened(2, "button", 0))
    play(e.MicAudioRecorded(2, PCM))
    assert play(e.UplinkClosed(2, 200, 1000)) == [c.CommitInput(), c.PlayCue(Cue.DONE)]
    assert play(e.ServiceErred("rate_limit_exceeded", "no", "ask_1")) == [ASK("ask_2")]


def test_an_error_that_does_not_say_what_it_means() -> None:
    play = Play(answer_s=20).thinking()
    play(e.ServiceErred("item_truncate_invalid_item_id", "of an old answer"))
    assert play.conversation.deadline == 110
    play(e.ServiceErred("invalid_value", "perhaps the request"))
    assert play.conversation.deadline == 105
    play(e.ResponseStarted("r1", "ask_1"), after=1)
    assert play.conversation.deadline == 121  # it was not
    play = Play().thinking()
    play(e.ServiceErred("invalid_value", "the request"))
    assert play.tick() == [c.RenewLink()]
    play(e.Disconnected(1, "renewed"))
    play(e.Connected(2))
    play(e.ServiceErred("invalid_value", "the request"))
    assert play.tick() == [c.PlayCue(Cue.GAVE_UP)]


def test_the_end_of_an_answer_that_was_given_up_is_not_the_end_of_the_next() -> None:
    play = Play().thinking()
    assert play.tick() == [c.RenewLink()]
    play(e.Disconnected(1, "renewed"))
    play(e.Connected(2))
    play(e.ResponseStarted("r0", "ask_2"))
    play.tick()
    assert play.turn() is Turn.IDLE
    play(e.ButtonPressed())
    play(e.UplinkOpened(2, "button", 0))
    play(e.MicAudioRecorded(2, PCM))
    assert ASK("ask_3") in play(e.UplinkClosed(2, 200, 1000))
    assert play(e.ResponseDone("r0", "cancelled")) == []
    assert play.turn() is Turn.THINKING
    play(e.ResponseStarted("r1", "ask_3"))
    assert play(e.AudioDelta("r1", "i1", PCM)) == [c.Play("i1", PCM)]


def test_the_service_is_busy_with_another_response() -> None:
    play = Play().thinking()
    play(e.ResponseStarted("r0", "from another life"))
    assert play(e.ServiceErred("conversation_already_has_active_response", "busy", "ask_1")) == []
    assert play(e.ResponseDone("r0", "cancelled")) == [ASK("ask_2")]


def test_an_error_of_no_turn_is_no_matter() -> None:
    play = Play().speaking()
    assert play(e.ServiceErred("server_error", "sorry")) == []
    play = Play().thinking()
    play(e.ResponseStarted("r1", "ask_1"))
    play(e.AudioDelta("r1", "i1", PCM))
    play(done(calls=(e.FunctionCall("c1", "f", "{}"),)))
    assert play(e.ServiceErred("server_error", "sorry", "ask_2")) == []  # still speaking
    assert play.turn() is Turn.SPEAKING


# ---- functions ---------------------------------------------------------------------
def test_a_function_this_device_does_not_have() -> None:
    play = Play().thinking()
    play(e.ResponseStarted("r1", "ask_1"))
    commands = play(done(calls=(e.FunctionCall("c1", "f", "{}"), e.FunctionCall("c2", "g", "{}"))))
    assert [type(command) for command in commands] == [c.CreateFunctionOutput, c.CreateFunctionOutput, ASK]
    assert play.turn() is Turn.THINKING


def test_words_before_a_function() -> None:
    play = Play().speaking()
    commands = play(done(item_ids=("i1",), calls=(e.FunctionCall("c1", "f", "{}"),)))
    assert commands[0] == c.FinishPlayback()
    assert commands[-1] == ASK("ask_2")
    play(e.ResponseStarted("r2", "ask_2"))
    assert play(e.AudioDelta("r2", "i2", PCM)) == [c.Play("i2", PCM)]
    assert play.turn() is Turn.SPEAKING


def test_the_next_words_cross_the_end_of_those_before() -> None:
    play = Play().speaking(200)
    play(done(item_ids=("i1",), calls=(CALL,)))
    play(e.ResponseStarted("r2", "ask_2"))
    play(e.AudioDelta("r2", "i2", PCM))
    play(e.ResponseDone("r2", "completed", item_ids=("i2",)))
    assert play(drained(i1=200)) == []
    assert play.turn() is Turn.SPEAKING  # i2 is still to be heard
    assert c.StopPlayback() in play(e.ButtonPressed())
    assert play(e.PlaybackStopped((e.Heard("i2", 10),), 0)) == [c.TruncateItem("i2", 10)]


def test_the_end_crosses_a_stop() -> None:
    play = Play().speaking(200)
    play(done(item_ids=("i1",)))
    play(e.InterruptRequested())
    assert play(drained(i1=200)) == []
    assert play(e.PlaybackStopped((), 0)) == []


def test_functions_are_not_called_for_ever() -> None:
    play, asked = Play().thinking(), 0
    for number in itertools.count(1):
        play(e.ResponseStarted(f"r{number}", f"ask_{number}"))
        play(e.AudioDelta(f"r{number}", f"i{number}", PCM))
        commands = play(e.ResponseDone(f"r{number}", "completed", calls=(CALL,)))
        assert isinstance(commands[1], c.CreateFunctionOutput)
        if not isinstance(commands[-1], ASK):
            break
        asked += 1
    assert asked == 8
    play(drained(**{f"i{number}": 200 for number in range(1, 10)}))
    assert play.turn() is Turn.IDLE


def test_a_failed_response_calls_nothing() -> None:
    play = Play().speaking()
    assert play(done("failed", "server_error", calls=(e.FunctionCall("c1", "f", "{}"),))) == [
        c.FinishPlayback()
    ]


# ---- the end --------------------------------------------------------------------------
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


# ---- sound that goes away ---------------------------------------------------
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


# ---- volume -------------------------------------------------------------------
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
