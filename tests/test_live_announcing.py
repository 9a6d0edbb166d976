"""A whole device and GPT-Live, in audio time: what the device says and asks by itself, and what rings."""

from __future__ import annotations

from typing import Any

import pytest

from edge_agent.audio.cards.simulated import EchoPath
from edge_agent.audio.sounds import spoken_answers, spoken_lines
from edge_agent.simulator.answers import Script, Speech
from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.announcements import WhenBusy
from edge_agent.vocabulary.state import Mode

from .live_world import LiveWorld
from .sound import tone
from .world import LINES

SPEECH = spoken_answers()[0].pcm[: 48 * 2500]
ANSWER = Speech("that is the answer", tone(24_000, 2500, 300))
PASTA = e.TimeReached(1, "timer", "The timer 'pasta' has ended.")


def device(**options: Any) -> LiveWorld:
    made = LiveWorld(answers=Script([ANSWER]), limits={"idle_close_s": 0}, **options)
    made.wait(100)
    return made


def announce(made: LiveWorld, when_busy: WhenBusy = "wait") -> None:
    made.post(e.AnnouncementMade(1, SPEECH, when_busy, chime=False))


def announced(made: LiveWorld) -> str:
    made.until(lambda: bool(made.sent(c.SettleAnnouncement)))
    (settled,) = made.sent(c.SettleAnnouncement)
    return str(settled.outcome)


def opened(made: LiveWorld, within_ms: int = 30_000) -> tuple[str, str]:
    made.until(lambda: bool(made.sent(c.SettleOpening)), within_ms)
    (settled,) = made.sent(c.SettleOpening)
    return settled.outcome, settled.text


# ---- announcements --------------------------------------------------------------------
def test_it_is_heard_without_a_session_and_while_muted() -> None:
    made = device()
    made.post(e.MuteSwitched(True))
    made.wait(1000)
    announce(made)
    assert announced(made) == "heard"
    assert SPEECH in bytes(made.heard)
    assert made.sessions == []


@pytest.mark.parametrize("when_busy", ["wait", "interrupt", "drop"])
def test_it_comes_after_an_answer_or_instead_of_it(when_busy: WhenBusy) -> None:
    made = device()
    made.ask(LINES[0])
    made.wait(800)
    announce(made, when_busy)
    outcomes = {"wait": "heard", "interrupt": "heard", "drop": "dropped"}
    assert announced(made) == outcomes[when_busy]
    made.until(lambda: made.turn == "idle")
    stopped = made.of(e.PlaybackStopped)
    assert bool(stopped) is (when_busy == "interrupt")
    told = [told.channel for told in made.sent(c.Tell)]
    assert told == (["instructions"] if when_busy == "interrupt" else [])


@pytest.mark.realtime
@pytest.mark.parametrize(("canceller", "gain"), [("half-duplex", 0.5), ("linear", 0.3)])
def test_the_model_hears_nothing_of_it(canceller: str, gain: float) -> None:
    made = LiveWorld(
        mode="hands-free",
        echo=EchoPath(gain, 60, 24_000),
        canceller=canceller,
        limits={"idle_close_s": 0},
    )
    made.say(LINES[0])
    made.until(lambda: made.turn == "speaking")
    made.until(lambda: made.turn == "idle")
    made.wait(2000)
    sound_ms = made.sessions[0].appended.sound_ms
    announce(made)
    assert announced(made) == "heard"
    made.wait(2000)
    assert made.sessions[0].appended.sound_ms == sound_ms
    assert made.sessions[0].appended.longest_gap_ms <= 500


def test_an_answer_that_comes_meanwhile_waits() -> None:
    made = device()
    made.hold(LINES[0])
    announce(made, "wait")
    assert announced(made) == "heard"
    announce(made, "wait")
    made.post(e.TextEntered("And now?"))
    made.until(lambda: "that is the answer" in made.said("assistant"))
    made.until(lambda: made.turn == "idle")
    assert ANSWER.pcm[: 48 * 1000] in bytes(made.heard)


# ---- the device begins ----------------------------------------------------------------
def test_it_begins_with_what_it_was_told() -> None:
    made = device()
    made.post(e.OpeningRequested(1, "It is going to rain."))
    assert opened(made) == ("started", "")
    (told,) = made.sent(c.Tell)
    assert (told.channel, "It is going to rain." in told.text) == ("commentary", True)
    assert made.turn == "listening"
    made.say(LINES[0])
    made.until(lambda: made.turn == "speaking")


def test_without_a_text_it_listens_at_once() -> None:
    made = device()
    made.post(e.OpeningRequested(1))
    assert opened(made) == ("started", "")
    made.say(LINES[0])
    made.until(lambda: made.turn == "speaking")


def test_what_is_answered_is_told_to_the_last_word() -> None:
    made = device()
    made.post(e.OpeningRequested(1, "Shall I close them?", wants_words=True, answer_s=15.0))
    made.until(lambda: made.turn == "listening")
    made.wait(500)
    made.say(LINES[0])
    outcome, text = opened(made)
    assert (outcome, text.split()) == ("answered", spoken_lines()[0].text.split())
    made.until(lambda: made.turn == "speaking")


def test_nobody_answers() -> None:
    made = device()
    made.post(e.OpeningRequested(1, "Shall I?", wants_words=True, answer_s=2.0))
    assert opened(made) == ("nobody-answered", "")


@pytest.mark.parametrize(
    ("stops", "outcome"),
    [(e.MuteSwitched(True), "muted"), (e.InterruptRequested(), "interrupted")],
)
def test_who_stops_the_question_is_not_asked(stops: e.Event, outcome: str) -> None:
    made = device()
    made.post(e.OpeningRequested(1, "Shall I?", wants_words=True, answer_s=5.0))
    made.until(lambda: made.turn == "speaking")
    made.post(stops)
    assert opened(made) == (outcome, "")


def test_what_is_answered_survives_a_lost_link() -> None:
    made = device()
    made.post(e.OpeningRequested(1, "Shall I?", wants_words=True, answer_s=15.0))
    made.until(lambda: made.turn == "listening")
    made.say(LINES[0])
    made.inject("drop")
    outcome, text = opened(made)
    assert (outcome, text.split()) == ("answered", spoken_lines()[0].text.split())


def test_busy_or_muted_nothing_is_opened() -> None:
    made = device()
    made.ask(LINES[0])
    made.post(e.OpeningRequested(1))
    assert opened(made) == ("busy", "")
    made = device()
    made.post(e.MuteSwitched(True), e.OpeningRequested(1))
    assert opened(made) == ("muted", "")


# ---- what rings -----------------------------------------------------------------------
def test_what_rang_is_told_by_the_model() -> None:
    made = device()
    made.post(PASTA)
    assert made.conversation.state.mode is Mode.RINGING
    made.wait(1000)
    made.post(e.ButtonPressed(), e.ButtonReleased())
    made.until(lambda: made.turn == "speaking")
    (told,) = made.sent(c.Tell)
    assert told.text.startswith(PASTA.text)


def test_what_was_missed_is_told_in_the_next_conversation() -> None:
    made = device()
    made.post(e.RingMissed("The alarm of 7:00 was missed."))
    made.wait(3000)
    assert made.sent(c.Tell) == []
    made.ask(LINES[0])
    made.until(lambda: bool(made.sent(c.Tell)))
    (told,) = made.sent(c.Tell)
    assert told.text.startswith("The alarm of 7:00 was missed.")


# ---- what ends with an answer ---------------------------------------------------------
def test_goodbye_ends_the_visit_after_the_answer() -> None:
    made = device()
    made.ask(LINES[0])
    made.post(e.RestRequested())
    made.until(lambda: not made.online)
    assert made.outcomes == ["answered"]
    assert made.conversation.said == []


def test_the_microphone_is_off_for_as_long_as_was_asked_for() -> None:
    made = device()
    made.ask(LINES[0])
    made.post(e.MuteRequested(3.0))
    made.until(lambda: made.conversation.state.muted)
    assert made.turn == "idle"
    made.until(lambda: not made.conversation.state.muted, 4000)
    assert made.cues[-2:] == ["muted", "unmuted"]
