"""What no answer was heard to stays in the question, and a question is bounded in total."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.commands import Cue
from edge_agent.vocabulary.state import Turn

from .playbook import ASK, PCM, Play, done, drained

MORE = bytes([1]) * len(PCM)
FIRST = [c.AppendAudio(PCM), c.CommitInput()]
SECOND = [c.AppendAudio(MORE), c.CommitInput()]


def goes_on(play: Play) -> Play:
    """A voice, after the first part was asked."""
    play(e.UplinkOpened(2, "speech", 2000))
    play(e.MicAudioRecorded(2, MORE))
    return play


def hands_free_asked() -> Play:
    play = Play(mode="hands-free")
    play(e.UplinkOpened(1, "speech", 0))
    play(e.MicAudioRecorded(1, PCM))
    play(e.UplinkClosed(1, 400, 1000))
    assert play.turn() is Turn.THINKING
    return play


def sent(commands: list[c.Command]) -> list[c.Command]:
    return [one for one in commands if isinstance(one, c.AppendAudio | c.CommitInput | c.CreateUserText)]


# ---- a pause in the sentence -------------------------------------------------
@pytest.mark.parametrize("moved", [False, True], ids=["the link drops", "the session is moved"])
def test_the_first_half_is_asked_again_with_the_second(moved: bool) -> None:
    play = goes_on(hands_free_asked())
    if moved:
        asked = play(e.LinkPrepared(urgent=True))
    else:
        play(e.Disconnected(1, "gone"))
        asked = play(e.Connected(2))
    assert sent(asked) == [*FIRST, c.AppendAudio(MORE)]
    assert play(e.UplinkClosed(2, 400, 3000))[-3:] == [c.CommitInput(), ASK("ask_2"), c.PlayCue(Cue.DONE)]


def test_in_the_same_session_nothing_is_sent_twice() -> None:
    play = hands_free_asked()
    assert sent(play(e.UplinkOpened(2, "speech", 2000))) == []
    assert sent(play(e.MicAudioRecorded(2, MORE))) == [c.AppendAudio(MORE)]
    assert sent(play(e.UplinkClosed(2, 400, 3000))) == [c.CommitInput()]


def test_the_button_adds_something_too() -> None:
    play = Play().thinking()
    play(e.ButtonPressed())
    play(e.UplinkOpened(2, "button", 2000))
    play(e.MicAudioRecorded(2, MORE))
    play(e.Disconnected(1, "gone"))
    assert sent(play(e.Connected(2))) == [*FIRST, c.AppendAudio(MORE)]


def test_what_the_service_has_ended_is_kept_as_an_utterance_of_its_own() -> None:
    play = Play(mode="hands-free", end="server")
    play(e.UplinkOpened(1, "speech", 0))
    play(e.MicAudioRecorded(1, PCM))
    play(e.InputCommitted("u1"))
    goes_on(play)
    play(e.Disconnected(1, "gone"))
    play(e.SpeechEnded(4000))
    play(e.UplinkClosed(2, 400, 4500))
    assert sent(play(e.Connected(2))) == [*FIRST, *SECOND]


# ---- an answer that was hardly heard ------------------------------------------
@pytest.mark.parametrize(("heard_ms", "again"), [(300, [*FIRST]), (1000, [])])
def test_an_answer_counts_by_what_was_heard_of_it(heard_ms: int, again: list[c.Command]) -> None:
    """The service speaks faster than the speaker: much of the answer was here when the person went on."""
    play = hands_free_asked()
    play(e.ResponseStarted("r1", "ask_1"))
    play(e.AudioDelta("r1", "i1", bytes(48 * 3000)))
    play(done(item_ids=("i1",)))
    goes_on(play)
    play(e.PlaybackStopped((e.Heard("i1", heard_ms),), 0))
    play(e.Disconnected(1, "gone"))
    assert sent(play(e.Connected(2))) == [*again, c.AppendAudio(MORE)]


def test_what_is_told_of_one_answer_says_nothing_of_the_next_question() -> None:
    play = Play().thinking()
    play(e.ResponseStarted("r1", "ask_1"))
    play(e.AudioDelta("r1", "i1", bytes(48 * 3000)))
    play(done(item_ids=("i1",)))
    play(e.TextEntered("And now?"))  # asked before the speaker has told what was heard
    play(e.PlaybackStopped((e.Heard("i1", 2000),), 0))
    play(e.Disconnected(1, "gone"))
    assert sent(play(e.Connected(2))) == [c.CreateUserText("And now?")]


def test_an_answer_heard_to_its_end_leaves_nothing() -> None:
    play = Play().speaking(200)
    play(done(item_ids=("i1",)))
    play(drained(i1=200))
    play(e.Disconnected(1, "gone"))
    assert sent(play(e.Connected(2))) == []


def test_a_press_that_only_interrupts_asks_nothing_again() -> None:
    play = Play().thinking()
    play(e.ButtonPressed())
    play(e.UplinkOpened(2, "button", 2000))
    play(e.ButtonReleased())
    asked = play(e.UplinkClosed(2, 0, 2100))
    assert play.turn() is Turn.IDLE
    assert not [one for one in asked if isinstance(one, c.CreateResponse)]


def test_a_noise_over_the_answer_does_not_cost_the_answer() -> None:
    play = goes_on(hands_free_asked())
    assert play(e.UplinkClosed(2, 0, 2200)) == [c.ClearInput(), c.PlayCue(Cue.DONE)]
    assert play(e.ResponseStarted("r1", "ask_1")) == [c.CancelResponse("r1")]
    assert play(e.ResponseDone("r1", "cancelled")) == [ASK("ask_2")]


def test_what_was_said_is_kept_within_bounds() -> None:
    play = Play(online=False)
    for number in range(20):
        play(e.TextEntered(f"text {number}"))
    asked = sent(play(e.Connected(1)))
    assert len(asked) == 16
    assert asked[-1] == c.CreateUserText("text 19")


def test_of_what_this_session_has_nothing_is_forgotten_before_it_is_lost() -> None:
    play = Play()
    for number in range(17):
        commands = play(e.TextEntered(f"text {number}"))
        assert c.PlayCue(Cue.LOST_WORDS) not in commands
    play(e.Disconnected(1, "gone"))
    assert c.PlayCue(Cue.LOST_WORDS) in play(e.TextEntered("one more"))


# ---- given up on a slow link --------------------------------------------------
@pytest.mark.parametrize("wish", [e.MuteSwitched(True), e.InterruptRequested(), e.ForgetRequested()])
def test_what_waits_of_a_question_that_is_given_up_does_not_leave(wish: e.Event) -> None:
    play = Play().thinking()
    assert c.WithdrawQuestion() in play(wish)


def test_what_was_withdrawn_is_waited_for_by_nobody() -> None:
    play = Play().thinking()
    play(e.InterruptRequested())
    assert play(e.Withdrawn(1, ("ask_1",))) == []
    play.listening()
    play(e.ButtonReleased())
    assert ASK("ask_2") in play(e.UplinkClosed(1, 400, 1000))


def test_a_request_that_waits_for_one_that_was_withdrawn_leaves_then() -> None:
    play = Play().thinking()
    play(e.InterruptRequested())
    assert not [one for one in play(e.TextEntered("Hi.")) if isinstance(one, c.CreateResponse)]
    assert play(e.Withdrawn(1, ("ask_1",))) == [ASK("ask_2")]
    assert play(e.Withdrawn(1, ("ask_1",))) == []


def test_once_the_answer_has_begun_nothing_waits() -> None:
    assert c.WithdrawQuestion() not in Play().speaking()(e.MuteSwitched(True))


# ---- bounded in total -----------------------------------------------------------
def test_a_question_that_ends_its_sessions_is_not_asked_for_ever() -> None:
    """A frame that is too large, a proxy that cuts long answers, an input on which the service fails."""
    play = Play().thinking()
    asked = 1
    for _ in range(10):
        play(e.ResponseStarted(f"r{asked}", f"ask_{asked}"), after=0.2)
        play(e.Disconnected(1, "gone"))
        again = play(e.Connected(2), after=0.5)
        asked += ASK(f"ask_{asked + 1}") in again
        if c.PlayCue(Cue.SERVICE_PROBLEM) in again:
            break
    assert asked == 4
    assert play.turn() is Turn.IDLE
    assert [(ended.outcome, ended.why) for ended in play.ended] == [("unanswered", "link-lost")]


def test_sessions_that_the_device_leaves_itself_do_not_count() -> None:
    """They were not ended by the question."""
    play = Play().thinking()
    for asked in range(1, 7):
        play(e.ResponseStarted(f"r{asked}", f"ask_{asked}"), after=0.2)
        assert ASK(f"ask_{asked + 1}") in play(e.LinkPrepared(urgent=True), after=0.5)


def test_moved_for_ever_a_question_is_given_up_all_the_same() -> None:
    play = Play().thinking()
    for _ in range(11):
        assert c.PlayCue(Cue.SERVICE_PROBLEM) not in play(e.LinkPrepared(urgent=True), after=0.5)
    assert c.PlayCue(Cue.SERVICE_PROBLEM) in play(e.LinkPrepared(urgent=True), after=0.5)


def test_sessions_that_end_before_an_answer_begins_count_for_less() -> None:
    """A service that accepts and closes for a while: it costs nothing, and may pass."""
    play = Play(offline_s=60).thinking()
    for _ in range(11):
        play(e.Disconnected(1, "closed"), after=0.1)
        assert c.CommitInput() in play(e.Connected(2), after=1.0)
    play(e.Disconnected(1, "closed"), after=0.1)
    assert c.PlayCue(Cue.SERVICE_PROBLEM) in play(e.Connected(2), after=1.0)


def test_however_often_the_link_comes_and_goes_a_question_waits_for_it_no_longer_than_told() -> None:
    play = Play(offline_s=30, answer_s=300).thinking()
    began = play.now
    play(e.Disconnected(1, "gone"))
    while play.turn() is Turn.THINKING and play.now < began + 100:
        play(e.Connected(2), after=4)
        play(e.Disconnected(2, "gone"), after=8)
        if play.conversation.deadline is not None and play.conversation.deadline <= play.now + 4:
            play.tick()
    assert play.turn() is Turn.IDLE
    assert play.now - began <= 40


def test_sound_is_progress() -> None:
    play = Play(offline_s=30).thinking()
    play(e.Disconnected(1, "gone"))
    play(e.Connected(2), after=20)
    play(e.ResponseStarted("r2", "ask_2"))
    play(e.AudioDelta("r2", "i2", PCM))
    play(e.Disconnected(2, "gone"))
    assert play.conversation.deadline == play.now + 30


# ---- two that are open or closed ------------------------------------------------
def test_an_uplink_that_opens_after_it_was_told_to_close_is_closed() -> None:
    """Hands-free, pressed twice while the sound was away: the voice that opens it then is ended, and asked."""
    play = Play(mode="hands-free", end="server")
    play(e.AudioStarted("a", 0))
    play(e.AudioLost("sound", "unplugged"))
    play(e.ButtonPressed())
    play(e.ButtonPressed())
    play(e.AudioStarted("a", 0))
    assert c.CloseUplink() in play(e.UplinkOpened(3, "speech", 0))
    play(e.MicAudioRecorded(3, PCM))
    assert c.CloseUplink() in play.tick()
    assert play.turn() is Turn.THINKING


# ---- what the fuzzer found -------------------------------------------------------
def test_text_over_an_answer_is_asked_once_it_is_known_what_was_heard() -> None:
    play = Play().speaking(3000)
    play(done(item_ids=("i1",)))
    asked = play(e.TextEntered("And now?"))
    assert c.StopPlayback() in asked
    assert not [one for one in asked if isinstance(one, c.CreateUserText | c.CreateResponse)]
    told = play(e.PlaybackStopped((e.Heard("i1", 2000),), 0))
    assert told == [c.TruncateItem("i1", 2000), c.CreateUserText("And now?"), ASK("ask_2")]


def test_words_of_an_answer_that_never_sounded_were_not_said() -> None:
    play = Play().thinking()
    play(e.ResponseStarted("r1", "ask_1"))
    play(e.TranscriptDelta("r1", "i1", "I was about to say"))
    play(e.InterruptRequested())
    play(done("cancelled", item_ids=("i1",)))
    play(e.Disconnected(1, "gone"))
    assert not [one for one in play(e.Connected(2)) if isinstance(one, c.RestoreMessage)]
    assert play.conversation.said == []


def test_words_ahead_of_an_answer_that_was_cut_short_were_not_heard() -> None:
    play = Play().thinking()
    play(e.ResponseStarted("r1", "ask_1"))
    play(e.TranscriptDelta("r1", "i1", "one two three four five six seven eight nine ten eleven twelve"))
    play(e.AudioDelta("r1", "i1", bytes(48 * 1000)))
    play(done("incomplete", "content_filter", item_ids=("i1",)))
    play(drained(i1=1000))
    (said,) = play.conversation.said
    assert said.text == "one two three"


def test_a_voice_that_was_passed_over_on_a_spent_budget_is_heard_on_the_next_day() -> None:
    for play in Play(mode="hands-free", end="server"), Play(mode="hands-free", end="server").speaking():
        play(e.BudgetSpent(True))
        assert play(e.UplinkOpened(7, "speech", 0)) == []
        assert c.CloseUplink() in play(e.BudgetSpent(False))


def test_text_on_a_spent_budget_does_not_end_who_is_talking() -> None:
    play = Play().listening()
    play(e.BudgetSpent(True))
    assert play(e.TextEntered("Hi.")) == [c.PlayCue(Cue.DAILY_COST)]
    assert play.turn() is Turn.LISTENING
    assert play.ended == []


def test_text_just_after_the_release_is_asked_together_with_all_that_was_said() -> None:
    play = Play().listening()
    play(e.ButtonReleased())
    assert play(e.TextEntered("And this.")) == []  # the last of the sound is on its way
    assert sent(play(e.MicAudioRecorded(1, MORE))) == [c.AppendAudio(MORE)]
    asked = play(e.UplinkClosed(1, 400, 1000))
    assert sent(asked) == [c.CommitInput(), c.CreateUserText("And this.")]
    assert asked[-1] == ASK("ask_1")


def test_text_after_a_release_that_the_sound_does_not_answer_is_asked_too() -> None:
    play = Play().listening()
    play(e.ButtonReleased())
    play(e.TextEntered("And this."))
    play(e.TextEntered("And that."))
    asked = [c.CommitInput(), c.CreateUserText("And this."), c.CreateUserText("And that.")]
    assert sent(play.tick()) == asked
    assert play.turn() is Turn.THINKING


def test_pressed_again_after_the_release_somebody_is_heard_after_the_text() -> None:
    play = Play().listening()
    play(e.ButtonReleased())
    play(e.TextEntered("And this."))
    play(e.ButtonPressed())
    assert c.CreateUserText("And this.") in play(e.UplinkClosed(1, 400, 1000))
    assert play.turn() is Turn.LISTENING


def test_a_call_of_an_answer_that_was_interrupted_gets_its_output() -> None:
    play = Play().thinking()
    play(e.ResponseStarted("r1", "ask_1"))
    play(e.InterruptRequested())
    call = e.FunctionCall("c1", "f", "{}")
    (output,) = (one for one in play(done(calls=(call,))) if isinstance(one, c.CreateFunctionOutput))
    assert output.call_id == "c1"


def test_an_answer_that_is_of_another_request_is_not_ours() -> None:
    """Once the service has shown that it says which request an answer is of."""
    play = Play(mode="hands-free", end="server").thinking_by_voice()
    play(e.TextEntered("Hi."))
    assert play(e.ResponseStarted("own")) == [c.CancelResponse("own")]


def test_what_waits_behind_the_end_that_the_service_heard_is_withdrawn_by_a_mute() -> None:
    play = Play(mode="hands-free", end="server")
    play(e.UplinkOpened(1, "speech", 0))
    play(e.MicAudioRecorded(1, PCM))
    play(e.InputCommitted("u1"))
    play(e.ResponseStarted("r1"))
    play(e.AudioDelta("r1", "i1", PCM))
    assert c.WithdrawQuestion() in play(e.MuteSwitched(True))


def test_a_question_whose_session_we_left_ourselves_waits_anew() -> None:
    play = Play(offline_s=30, answer_s=20).thinking()
    play(e.Disconnected(1, "gone"))
    play(e.Connected(2), after=25)
    assert play.tick() == [c.RenewLink()]
    play(e.Disconnected(2, "renewed"))
    assert play.turn() is Turn.THINKING
    assert play.conversation.deadline == play.now + 30


@pytest.mark.parametrize(("heard_ms", "again"), [(300, [*FIRST]), (1500, [])])
def test_what_an_answer_may_have_been_heard_to_is_not_said_again_before_that_is_known(
    heard_ms: int, again: list[c.Command]
) -> None:
    """The answer sounds on after its session was lost, and then somebody goes on."""
    play = hands_free_asked()
    play(e.ResponseStarted("r1", "ask_1"))
    play(e.AudioDelta("r1", "i1", bytes(48 * 3000)))
    play(done(item_ids=("i1",)))
    play(e.Disconnected(1, "gone"))
    play(e.Connected(2))
    play(e.UplinkOpened(2, "speech", 2000))
    assert sent(play(e.MicAudioRecorded(2, MORE))) == []
    told = play(e.PlaybackStopped((e.Heard("i1", heard_ms),), 0))
    assert sent(told) == [*again, c.AppendAudio(MORE)]


def test_an_uplink_of_a_turn_that_is_over_is_closed() -> None:
    """Wishes of several turns may be on their way to the sound together."""
    play = Play().thinking()
    assert play(e.UplinkOpened(9, "button", 0)) == [c.CloseUplink()]
    assert play.turn() is Turn.THINKING


@pytest.mark.parametrize("heard_ms", [300, 1500])
@pytest.mark.parametrize("is_up_again", [False, True])
def test_words_that_an_answer_was_heard_to_outlive_a_link_lost_just_as_it_was_interrupted(
    heard_ms: int, is_up_again: bool
) -> None:
    """They are told to the next session, or asked in it; never both, and never neither."""
    play = hands_free_asked()
    play(e.InputCommitted("u1"))
    play(e.UserTranscribed("u1", "how do"))
    play(e.ResponseStarted("r1", "ask_1"))
    play(e.TranscriptDelta("r1", "i1", "like this"))
    play(e.AudioDelta("r1", "i1", bytes(48 * 3000)))
    play(done(item_ids=("i1",)))
    goes_on(play)
    play(e.Disconnected(1, "gone"))
    said = list(play(e.Connected(2))) if is_up_again else []
    said += play(e.PlaybackStopped((e.Heard("i1", heard_ms),), 0))
    said += [] if is_up_again else play(e.Connected(2))
    told = [one.text for one in said if isinstance(one, c.RestoreMessage) and one.role == "user"]
    answered = heard_ms >= 1000
    assert told == ["how do"] * answered
    assert sent(said) == [*([] if answered else FIRST), c.AppendAudio(MORE)]


@pytest.mark.parametrize("before", [Play.thinking_by_voice, Play.speaking])
def test_a_voice_over_an_answer_on_a_spent_budget_is_not_listened_to_for_ever(
    before: Callable[[Play], Play],
) -> None:
    """The service would end it, and is not given it."""
    play = before(Play(mode="hands-free", end="server"))
    play(e.BudgetSpent(True))
    assert play(e.UplinkOpened(7, "speech", 0)) == []
    assert play(e.SpeechEnded(1000)) == [c.CloseUplink()]
