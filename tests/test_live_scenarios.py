"""A whole device and GPT-Live, in audio time: what people notice, and what it promises them."""

from __future__ import annotations

import logging

import pytest

from edge_agent.audio.cards.simulated import EchoPath
from edge_agent.audio.sounds import spoken_answers, spoken_lines
from edge_agent.conversation.duplex.duplex_keeper import TYPED
from edge_agent.host.journal.sentences import Words
from edge_agent.realtime.wire.live.live_texts import LAST
from edge_agent.replay.recorder import Recorder, unpack
from edge_agent.replay.replayer import replay, segments
from edge_agent.simulator.answers import Call, Script, Speech
from edge_agent.simulator.live.live_door import AZURE_LIVE, OPENAI_LIVE, LiveDoor
from edge_agent.telemetry.captions import Captions
from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.state import State
from edge_agent.vocabulary.tool_events import Tool

from .live_world import LiveWorld
from .sound import tone
from .world import LINES

LONG = Speech("long", tone(24_000, 20_000, 300))
ANSWERS = [answer.text for answer in spoken_answers()]
QUESTIONS = [line.text for line in spoken_lines()]


def words(text: str) -> list[str]:
    return text.split()


@pytest.mark.parametrize("door", [OPENAI_LIVE, AZURE_LIVE])
def test_hold_and_talk(door: LiveDoor) -> None:
    world = LiveWorld(door=door)
    assert (world.online, world.conversation.state.mode.value) == (False, "idle")
    world.ask(LINES[0])
    world.until(lambda: world.turn == "idle")
    assert words(world.said("user")) == words(QUESTIONS[0])
    assert words(world.said("assistant")) == words(ANSWERS[0])
    assert world.outcomes == ["answered"]
    assert world.cues == ["listening", "done"]
    answer = spoken_answers()[0].pcm
    assert answer[48 * 1000 : 48 * 2000] in bytes(world.heard)
    counted = world.sessions[0].appended
    assert counted.longest_gap_ms <= 500
    assert counted.most_ahead_ms <= 500


def test_hands_free_and_another_question_over_the_answer() -> None:
    world = LiveWorld(mode="hands-free", answers=Script([LONG], [Speech("two", tone(24_000, 1500))]))
    world.say(LINES[0])
    world.until(lambda: world.turn == "speaking")
    world.wait(3000)
    began_ms = len(world.heard) // 48
    world.say(LINES[1])
    stopped = world.of(e.PlaybackStopped)
    assert stopped[0].audio_ms < began_ms + 600  # long before the service has stopped
    world.until(lambda: world.turn == "idle")
    assert world.outcomes == ["interrupted", "answered"]
    assert "two" in world.said("assistant")


def test_what_is_heard_again_of_an_answer_is_in_the_history_with_its_words() -> None:
    """A noise stops the speaker, and the model goes on, because it was none of its business."""
    text = " ".join(f"word{number}" for number in range(40))
    world = LiveWorld(mode="hands-free", answers=Script([Speech(text, tone(24_000, 16_000, 300))]))
    captions = Captions()
    world.say(LINES[0])
    world.until(lambda: world.turn == "speaking")
    world.wait(3000)
    session = world.sessions[0]
    session.muted = True  # the model does not hear what follows
    world.say(LINES[1][: 32 * 1200])
    world.wait(1000)
    session.muted = False
    world.until(lambda: world.turn == "speaking")
    world.until(lambda: world.turn == "idle", 30_000)
    stopped_ms = world.of(e.PlaybackStopped)[0].heard[0].heard_ms
    heard = words(world.said("assistant"))
    assert heard[0] == "word0"
    assert heard[-1] == "word39"
    missing = [number for number in range(40) if f"word{number}" not in heard]
    assert missing == list(range(missing[0], missing[-1] + 1))
    assert missing[0] == pytest.approx(stopped_ms / 400, abs=1)
    assert 4 < len(missing) < 12
    for event in world.events:
        captions.feed(event)
    shown = words(" ".join(caption.heard for caption in captions if caption.who == "assistant"))
    assert shown == heard
    assert all(caption.final for caption in captions if caption.who == "assistant")


def test_the_next_session_is_told_what_was_said_in_its_order() -> None:
    world = LiveWorld()
    for line in LINES[:2]:
        world.ask(line)
        world.until(lambda: world.turn == "idle")
    world.post(e.LinkPrepared(urgent=True))
    world.until(lambda: len(world.starts) == 2)
    told = [
        (message["role"], words(message["content"][0]["text"])[0]) for message in world.starts[1]["input"]
    ]
    assert told == [
        ("user", words(QUESTIONS[0])[0]),
        ("assistant", words(ANSWERS[0])[0]),
        ("user", words(QUESTIONS[1])[0]),
        ("assistant", words(ANSWERS[1])[0]),
    ]


def test_tap_to_talk_ends_with_silence_or_a_second_tap() -> None:
    world = LiveWorld(button="tap", limits={"silence_s": 2.0})
    world.post(e.ButtonPressed())
    world.say(LINES[0])
    world.until(lambda: world.turn == "speaking")
    world.until(lambda: world.turn == "idle")
    world.post(e.ButtonPressed())
    world.wait(2500)  # nobody says a word
    assert world.turn == "idle"
    world.post(e.ButtonPressed())
    world.say(LINES[1])
    world.post(e.ButtonPressed(), e.ButtonReleased())
    world.until(lambda: world.turn == "idle")
    assert world.outcomes == ["answered", "empty", "answered"]
    assert world.cues.count("nothing-heard") == 1


def test_an_utterance_ends_where_the_device_says() -> None:
    world = LiveWorld(limits={"listen_s": 2.0})
    world.post(e.ButtonPressed())
    world.say(LINES[0])
    world.wait(1000)
    assert world.of(e.UplinkClosed)[0].audio_ms < 2300


# ---- nothing leaves -------------------------------------------------------------------
@pytest.mark.parametrize("mode", ["button", "hands-free"])
def test_muted_nothing_but_silence_leaves(mode: str) -> None:
    world = LiveWorld(mode=mode, limits={"idle_close_s": 0, "visit_idle_s": 0})
    world.ask(LINES[0]) if mode == "button" else world.say(LINES[0])
    world.until(lambda: world.turn == "speaking")
    world.post(e.MuteSwitched(True))
    assert world.turn == "idle"
    sent_ms = world.sessions[0].appended.sound_ms
    world.hold(LINES[1])
    world.wait(2000)
    session = world.sessions[-1]  # the first went on speaking, and was left
    assert session.muted
    assert sum(one.appended.sounding_while_muted_ms for one in world.sessions) == 0
    assert sum(one.appended.sound_ms for one in world.sessions) == sent_ms
    assert sum(one.appended.silence_ms for one in world.sessions) > 3000
    assert max(one.appended.longest_gap_ms for one in world.sessions) <= 500
    world.post(e.MuteSwitched(True))
    world.post(e.MuteSwitched(False))
    assert not session.muted
    assert world.cues[-2:] == ["muted", "unmuted"]


def test_muted_in_the_middle_of_a_word_the_rest_stays_here_for_every_session() -> None:
    world = LiveWorld(limits={"idle_close_s": 0, "visit_idle_s": 0})
    world.post(e.ButtonPressed())
    world.say(LINES[0][: 32 * 300])  # there is no session yet
    world.post(e.MuteSwitched(True))
    world.wait(1000)
    assert world.sessions == []  # nobody needs one any more
    world.post(e.TextEntered("And now?"))
    world.until(lambda: world.online)
    world.wait(3000)
    session = world.sessions[0]
    assert session.muted
    assert session.appended.sound_ms == 0


def test_while_nobody_talks_only_silence_leaves() -> None:
    world = LiveWorld(limits={"idle_close_s": 0, "visit_idle_s": 0})
    world.ask(LINES[0])
    world.until(lambda: world.turn == "idle")
    before_ms = world.sessions[0].appended.sound_ms
    world.say(tone(16_000, 3000))  # at the microphone, but nobody has pressed
    assert world.sessions[0].appended.sound_ms == before_ms


# ---- no word is lost ------------------------------------------------------------------
@pytest.mark.parametrize("after_ms", [200, 1000, 2000, 2800])
def test_a_link_that_drops_in_an_utterance_loses_no_word(after_ms: int) -> None:
    world = LiveWorld()
    world.ask(LINES[1])
    world.until(lambda: world.turn == "idle")
    world.post(e.ButtonPressed())
    cut = after_ms * 32
    world.say(LINES[0][:cut])
    world.inject("drop")
    world.say(LINES[0][cut:])
    world.post(e.ButtonReleased())
    world.until(lambda: world.turn == "speaking")
    world.until(lambda: world.turn == "idle")
    assert len(world.sessions) == 2
    assert words(world.said("user")) == words(f"{QUESTIONS[1]} {QUESTIONS[0]}")
    assert words(world.said("assistant"))[-3:] == words(ANSWERS[0])[-3:]
    told = [message["content"][0]["text"].strip() for message in world.starts[1]["input"]]
    assert [words(text) for text in told] == [words(QUESTIONS[1]), words(ANSWERS[1])]


@pytest.mark.parametrize("after_ms", [100, 400, 700])
def test_nor_one_that_drops_before_the_answer(after_ms: int) -> None:
    world = LiveWorld()
    world.hold(LINES[0])
    world.until(lambda: world.online)
    world.wait(after_ms)
    world.inject("drop")
    world.until(lambda: world.turn == "speaking")
    world.until(lambda: world.turn == "idle")
    assert words(world.said("user")) == words(QUESTIONS[0])
    assert words(world.said("assistant")) == words(ANSWERS[0])


def test_what_is_being_answered_is_not_asked_again() -> None:
    world = LiveWorld(answers=Script([LONG]))
    world.ask(LINES[0])
    world.wait(3000)
    world.inject("drop")
    world.until(lambda: world.turn == "idle")
    assert not world.online
    assert len(world.sessions) == 1
    assert world.outcomes == ["answered"]
    assert isinstance(
        [command for command in world.commands if not isinstance(command, c.Play)][-1], c.CloseLink
    )


def test_without_a_link_a_question_waits_and_is_then_given_up_with_the_cause() -> None:
    world = LiveWorld(limits={"offline_s": 6.0})
    world.unreachable = True
    world.hold(LINES[0])
    world.until(lambda: world.turn == "idle", 12_000)
    assert world.outcomes == ["unanswered"]
    assert world.cues[-1] == "no-network"


# ---- what it costs --------------------------------------------------------------------
def test_no_session_before_somebody_talks_and_none_when_nobody_does() -> None:
    world = LiveWorld()
    world.wait(5000)
    assert world.sessions == []
    world.ask(LINES[0])
    world.until(lambda: world.turn == "idle")
    ended_s = world.now
    world.until(lambda: not world.online)
    assert 24 <= world.now - ended_s <= 26
    assert world.conversation.state.mode.value == "idle"
    own_s = world.sessions[0].clock.position_ms / 1000
    assert own_s - 1 <= world.ledger.total.live_s <= own_s + 2
    assert world.ledger.report("today")["today"]["cost"] == pytest.approx(
        world.ledger.total.live_s / 60 * 0.05, abs=1e-6
    )


def test_the_larger_of_both_readings_counts() -> None:
    world = LiveWorld(door=AZURE_LIVE, faults=("slow:50@append",), limits={"idle_close_s": 3.0})
    world.ask(LINES[0])
    world.until(lambda: not world.online)
    lasted_s = world.now - 1.2
    assert world.sessions[0].clock.position_ms / 1000 < lasted_s * 0.6
    assert world.ledger.total.live_s >= lasted_s - 1


def test_a_day_that_is_spent_ends_with_the_answer() -> None:
    world = LiveWorld(limits={"daily_cost": 0.0125}, answers=Script([LONG]), mode="hands-free")
    world.say(LINES[0])
    world.until(lambda: world.budget.report()["spent"])
    assert world.turn == "speaking"
    world.until(lambda: not world.online)
    assert world.cues[-1] == "daily-cost"
    for event in (e.ButtonPressed(), e.TextEntered("hello")):
        world.post(event)
        assert world.cues[-1] == "daily-cost"
    world.say(LINES[1])
    world.wait(2000)
    assert len(world.sessions) == 1


def test_a_visit_is_forgotten() -> None:
    world = LiveWorld(limits={"visit_idle_s": 5.0, "idle_close_s": 0})
    world.ask(LINES[0])
    world.until(lambda: world.turn == "idle")
    world.until(lambda: not world.online)
    assert world.conversation.said == []
    world.ask(LINES[1])
    assert "input" not in world.starts[1]
    world.post(e.ForgetRequested())
    assert world.cues[-1] == "forgotten"
    assert not world.online


def test_before_a_session_expires_the_next_one_begins_where_it_is_quiet() -> None:
    world = LiveWorld(limits={"idle_close_s": 0, "visit_idle_s": 0})
    world.ask(LINES[0])
    world.post(e.LinkPrepared(urgent=False))
    assert len(world.sessions) == 1
    world.until(lambda: len(world.sessions) == 2)
    assert world.turn == "idle"
    world.until(lambda: world.online)
    assert len(world.starts[1]["input"]) == 2
    world.ask(LINES[1])
    assert len(world.sessions) == 2
    world.until(lambda: world.turn == "idle")
    world.post(e.ButtonPressed())
    world.say(LINES[0][: 32 * 1500])
    world.post(e.LinkPrepared(urgent=True))  # it cannot wait any longer
    world.say(LINES[0][32 * 1500 :])
    world.post(e.ButtonReleased())
    world.until(lambda: world.turn == "speaking")
    world.until(lambda: world.turn == "idle")
    assert len(world.sessions) == 3
    assert words(world.said("user"))[-8:] == words(QUESTIONS[0])[-8:]


# ---- echo -----------------------------------------------------------------------------
@pytest.mark.realtime
def test_with_too_much_echo_it_is_deaf_while_it_speaks() -> None:
    world = LiveWorld(mode="hands-free", echo=EchoPath(0.5, 60, 24_000), canceller="half-duplex")
    for line in LINES[:2]:
        world.say(line)
        world.until(lambda: world.turn == "speaking")
        world.until(lambda: world.turn == "idle")
        world.wait(1000)
    assert world.outcomes == ["answered", "answered"]
    assert words(world.said("user")) == words(f"{QUESTIONS[0]} {QUESTIONS[1]}")


@pytest.mark.realtime
def test_with_an_echo_that_is_cancelled_it_does_not_answer_itself() -> None:
    world = LiveWorld(mode="hands-free", echo=EchoPath(0.3, 60, 24_000), canceller="linear")
    for line in LINES:
        world.say(line)
        world.until(lambda: world.turn == "speaking")
        world.until(lambda: world.turn == "idle")
        world.wait(1000)
    assert world.outcomes == ["answered"] * 3
    assert words(world.said("user")) == words(" ".join(QUESTIONS))


def test_half_duplex_an_answer_waits_until_the_button_is_released() -> None:
    world = LiveWorld(canceller="half-duplex")
    world.post(e.ButtonPressed())
    world.say(LINES[0])
    world.until(lambda: bool(world.of(e.AudioDelta)))
    world.wait(2000)
    assert world.of(e.PlaybackStarted) == []
    world.post(e.ButtonReleased())
    world.wait(300)
    assert len(world.of(e.PlaybackStarted)) == 1


# ---- what the service does ------------------------------------------------------------
def test_stopped_by_hand_the_model_is_told_and_left_if_it_goes_on() -> None:
    world = LiveWorld(answers=Script([LONG]))
    world.ask(LINES[0])
    world.wait(2000)
    world.post(e.InterruptRequested())
    heard_ms = len(bytes(world.heard).rstrip(b"\0"))
    assert world.turn == "idle"
    assert world.sent(c.Tell)[-1].channel == "instructions"
    world.until(lambda: len(world.sessions) == 2, 5000)
    assert len(bytes(world.heard).rstrip(b"\0")) < heard_ms + 48 * 200
    assert world.outcomes == ["interrupted"]


def test_a_voice_that_the_model_does_not_mind_only_pauses_the_answer() -> None:
    world = LiveWorld(mode="hands-free", answers=Script([LONG]))
    world.say(LINES[0])
    world.until(lambda: world.turn == "speaking")
    world.wait(2000)
    assert world.session
    world.session.muted = True  # it hears nothing of it
    world.say(LINES[1][: 32 * 800])
    world.until(lambda: world.turn == "listening")
    world.until(lambda: world.turn == "speaking", 5000)
    world.wait(300)
    assert len(world.of(e.PlaybackStarted)) == 2


def test_it_is_asked_once_more_and_then_left() -> None:
    world = LiveWorld(faults=("soundless:nothing@response#*",))
    world.hold(LINES[0])
    world.until(lambda: world.turn == "thinking")
    world.until(lambda: world.turn == "idle", 20_000)
    assert [told.channel for told in world.sent(c.Tell)] == ["commentary"]
    assert world.cues[-1] == "gave-up"
    assert world.outcomes == ["unanswered"]
    assert not world.online


def test_work_that_it_asks_for_is_answered() -> None:
    answers = Script([Speech("wait", tone(24_000, 600)), Call("get_time")], [Speech("no", tone(24_000, 800))])
    world = LiveWorld(answers=answers)
    world.ask(LINES[0])
    world.until(lambda: "no" in world.said("assistant"))
    (told,) = world.sent(c.Tell)
    assert (told.channel, told.delegation_id) == ("commentary", world.of(e.WorkAsked)[0].delegation_id)


def test_a_filter_ends_the_session_and_it_is_not_begun_again() -> None:
    world = LiveWorld(faults=("closes:content@audio",))
    world.ask(LINES[0])
    world.until(lambda: not world.online)
    world.wait(5000)
    assert world.cues[-1] == "service-problem"
    assert world.conversation.said == []
    assert len(world.sessions) == 1


def test_a_question_by_text() -> None:
    world = LiveWorld()
    world.post(e.TextEntered("What time is it?"))
    world.until(lambda: world.turn == "speaking")
    world.post(e.TextEntered("And now?"))
    world.until(lambda: world.turn == "idle")
    assert "What time is it?" in world.said("user")
    assert [told.channel for told in world.sent(c.Tell)] == ["commentary", "commentary"]


@pytest.mark.parametrize(
    "sentence", ["\u6771\u4eac\u306f\u6674\u308c\u3067\u3059\u3002", "It is a fine day. "]
)
def test_of_a_long_text_nothing_is_lost(sentence: str) -> None:
    world = LiveWorld()
    text = sentence * 200
    world.post(e.TextEntered(text))
    world.until(lambda: world.turn == "speaking")
    told = [part for part in world.sent_parts if isinstance(part, c.Tell)]
    assert [one.channel for one in told] == ["thinking"] * (len(told) - 1) + ["commentary"]
    begun, ended = TYPED.format(""), LAST.format("")
    assert begun + text == "".join(one.text.removeprefix(ended) for one in told)
    world.until(lambda: world.turn == "idle")
    assert text.strip() in world.said("user")


def test_the_volume_and_the_end() -> None:
    world = LiveWorld()
    world.post(e.VolumeSet(40))
    assert world.conversation.state.volume == 40
    world.ask(LINES[0])
    world.post(e.StopRequested())
    assert world.over


def test_devices_that_come_and_go() -> None:
    world = LiveWorld()
    world.ask(LINES[0])
    world.post(e.AudioLost("microphone", "unplugged"))
    assert world.conversation.state.mode.value == "fault"
    world.post(e.AudioStarted("again", 0))
    world.until(lambda: world.turn == "idle")
    assert not world.conversation.state.lost


# ---- a report -------------------------------------------------------------------------
def test_what_it_decided_can_be_replayed() -> None:
    recorder = Recorder()
    answers = Script([Call("look_up")], [Speech("done", tone(24_000, 1500, 300))])
    world = LiveWorld(recorder=recorder, answers=answers, tools=[(Tool("look_up"), 2.0)])
    for line in LINES[:2]:
        world.ask(line)
        world.until(lambda: world.turn == "idle")
    world.post(e.TextEntered("\u6771\u4eac\u306f\u6674\u308c\u3067\u3059\u3002" * 200))
    world.until(lambda: world.turn == "thinking")
    world.until(lambda: world.turn == "idle")
    world.post(e.AnnouncementMade(1, bytes(48_000)), e.RingMissed("It rang at seven."))
    world.wait(5000)
    world.post(e.OpeningRequested(2, "Is anybody there?", wants_words=True, answer_s=3.0))
    world.until(lambda: bool(world.sent(c.SettleOpening)))
    record = unpack(recorder.packed())
    steps = [step for segment in segments({"record": record}) for step in replay(segment)]
    assert len(steps) > 50
    assert [difference for step in steps for difference in step.differences] == []


def test_both_sides_are_in_the_journal_where_that_is_wanted(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "edge_agent")
    world, journal = LiveWorld(), Words()
    world.ask(LINES[0])
    world.until(lambda: world.turn == "idle")
    for event in world.events:
        journal.watch(event, State())
    assert [record.message for record in caplog.records] == [f"user: {QUESTIONS[0]}", f"agent: {ANSWERS[0]}"]


def test_of_an_answer_that_was_stopped_the_journal_has_what_was_heard(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "edge_agent")
    text = " ".join(f"word{number}" for number in range(40))
    world, journal = LiveWorld(answers=Script([Speech(text, tone(24_000, 16_000, 300))])), Words()
    world.ask(LINES[0])
    world.wait(3000)
    world.post(e.InterruptRequested())
    world.wait(6000)
    for event in world.events:
        journal.watch(event, State())
    told = [record.message for record in caplog.records if record.message.startswith("agent: ")]
    assert told == [f"agent: {world.said('assistant')}"]
    assert 4 < len(words(told[0])) < 12
