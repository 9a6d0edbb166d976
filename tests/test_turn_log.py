"""What became of a turn: whole conversations in audio time, and what only records can show."""

from __future__ import annotations

from typing import Any

import pytest

from edge_agent.simulator.answers import Script, Speech
from edge_agent.simulator.reply import Pace
from edge_agent.telemetry import facts as f
from edge_agent.telemetry.records import Record
from edge_agent.telemetry.turn_log import Day, TurnLog, TurnSummary, percentile
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.notices import Outcome

from .sound import tone
from .world import LINES, World

SPEECH = Speech("one two three", tone(24_000, 1500, 300))


class Logged(World):
    """A world whose turns are summed up."""

    def __init__(self, **how: Any) -> None:
        super().__init__(answers=how.pop("answers", None) or Script([SPEECH]), **how)
        self._taken = 0
        self.turns: list[TurnSummary] = []
        self.log = TurnLog(self.turns.append)

    def _pump(self) -> None:
        super()._pump()
        for record in self.records[self._taken :] if hasattr(self, "log") else []:
            self._taken += 1
            self.log.record(record)

    def ask(self, pcm: bytes = LINES[0]) -> None:
        self.wait(400)
        self.press()
        self.say(pcm)
        self.release()

    def last(self) -> TurnSummary:
        self.until(lambda: bool(self.turns), 60_000)
        (turn,) = self.turns
        self.turns.clear()
        return turn


def told(records: list[Record]) -> list[TurnSummary]:
    turns: list[TurnSummary] = []
    log = TurnLog(turns.append)
    for record in records:
        log.record(record)
    log.close()
    return turns


def adds_up(turn: TurnSummary) -> bool:
    assert turn.release_to_commit_ms is not None
    assert turn.commit_to_delta_ms is not None
    assert turn.delta_to_sound_ms is not None
    assert turn.release_to_sound_ms is not None
    parts = turn.release_to_commit_ms + turn.commit_to_delta_ms + turn.delta_to_sound_ms
    return abs(parts - turn.release_to_sound_ms) <= 2


def test_what_tools_took_is_part_of_the_turn() -> None:
    world = Logged()
    world.ask()
    world.last()
    sounds = next(at for at, record in enumerate(world.records) if isinstance(record.fact, e.PlaybackStarted))
    before, after = world.records[:sounds], world.records[sounds:]
    ended = [Record(before[-1].t, f.ToolEnded(run, "timer", 250), 1) for run in (1, 2)]
    (turn,) = told([*before, *ended, *after])
    assert (turn.tools, turn.tools_ms) == (2, 500)


def test_asked_with_the_button_and_answered() -> None:
    world = Logged()
    world.ask()
    turn = world.last()
    assert (turn.turn_id, turn.began_by, turn.outcome, turn.why) == (1, "button", "answered", "")
    assert (turn.heard_ms, turn.answer_ms, turn.sessions) == (1500, 1500, 1)
    assert turn.press_to_sent_ms is not None
    assert 0 <= turn.press_to_sent_ms <= 60
    assert turn.speech_ms is not None
    assert 1000 < turn.speech_ms < len(LINES[0]) / 32
    assert turn.tokens > 0
    assert adds_up(turn)
    world.ask()
    assert world.last().turn_id == 2


@pytest.mark.parametrize("end", ["local", "server", "semantic"])
def test_asked_by_voice(end: str) -> None:
    world = Logged(mode="hands-free", end=end)
    world.wait(500)
    world.say(LINES[0])
    turn = world.last()
    assert (turn.began_by, turn.outcome) == ("speech", "answered")
    assert turn.press_to_sent_ms is not None
    assert 0 <= turn.press_to_sent_ms <= 100
    assert turn.release_to_commit_ms is not None
    assert 0 <= turn.release_to_commit_ms <= (400 if end == "semantic" else 100)
    assert adds_up(turn)


def test_asked_between_two_taps() -> None:
    world = Logged(button="tap")
    world.wait(400)
    world.press()
    world.wait(100)
    world.release()
    world.say(LINES[0])
    world.press()
    turn = world.last()
    assert turn.outcome == "answered"
    assert turn.release_to_commit_ms is not None
    assert turn.release_to_commit_ms <= 60


def test_asked_by_text() -> None:
    world = Logged()
    world.post(e.TextEntered("what time is it?"))
    turn = world.last()
    assert (turn.began_by, turn.outcome, turn.heard_ms) == ("text", "answered", 1500)
    assert turn.release_to_sound_ms is not None
    assert (turn.press_to_sent_ms, turn.release_to_commit_ms, turn.speech_ms) == (None, None, None)


def test_interrupted_by_the_next_turn() -> None:
    world = Logged()
    world.ask()
    world.until(lambda: world.turn == "speaking")
    world.wait(1000)
    world.press()
    turn = world.last()
    assert (turn.turn_id, turn.outcome) == (1, "interrupted")
    assert turn.heard_ms == world.fact(f.Interrupted).heard_ms
    assert turn.heard_ms is not None
    assert 900 < turn.heard_ms <= 1000
    world.say(LINES[1])
    world.release()
    turn = world.last()
    assert (turn.turn_id, turn.outcome) == (2, "answered")
    assert adds_up(turn)


def test_interrupted_before_the_answer() -> None:
    world = Logged(pace=Pace(think_ms=2000))
    world.ask()
    world.wait(500)
    world.post(e.InterruptRequested())
    turn = world.last()
    assert (turn.outcome, turn.heard_ms, turn.commit_to_delta_ms) == ("interrupted", None, None)


@pytest.mark.parametrize("mode", [{"button": "tap"}, {}], ids=str)
def test_nothing_was_said(mode: dict[str, Any]) -> None:
    world = Logged(**mode)
    world.wait(400)
    world.press()
    world.wait(100)
    world.release()
    turn = world.last()
    assert (turn.outcome, turn.began_by, turn.tokens) == ("empty", "button", 0)


def test_a_turn_that_outlives_its_link() -> None:
    world = Logged(faults=["drop@audio"], pace=Pace(delta_ms=40))
    world.ask()
    world.until(lambda: world.session is None)
    world.wait(1000)
    world.connect()
    turn = world.last()
    assert (turn.outcome, turn.sessions) == ("answered", 2)
    assert adds_up(turn)
    assert turn.press_to_sent_ms is not None
    assert turn.press_to_sent_ms <= 60


def test_no_link_at_all() -> None:
    world = Logged(online=False)
    world.ask()
    turn = world.last()  # after half a minute
    assert (turn.outcome, turn.why, turn.press_to_sent_ms) == ("unanswered", "offline", None)
    world.post(e.LinkFailed("dns", "no network", told=False))
    world.ask()
    turn = world.last()
    assert (turn.outcome, turn.why) == ("unanswered", "dns")
    world.press()
    world.say(LINES[0])
    world.post(e.LinkFailed("unauthorized", "the key is wrong", told=True))
    world.release()
    turn = world.last()
    assert (turn.outcome, turn.why) == ("unanswered", "unauthorized")
    world.connect()
    world.ask()
    assert world.last().outcome == "answered"


def test_the_service_fails() -> None:
    world = Logged()
    world.ask()
    for _ in range(9):
        world.wait(20)
        world.inject("fail:content_filter")
    turn = world.last()
    assert (turn.outcome, turn.why) == ("unanswered", "content_filter")


def test_the_speaker_is_unplugged() -> None:
    world = Logged()
    world.ask()
    world.until(lambda: world.turn == "speaking")
    world.post(e.AudioLost("speaker", "unplugged"))
    world.post(e.PlaybackStopped((), 0))
    turn = world.last()
    assert (turn.outcome, turn.why) == ("unanswered", "speaker")


def test_an_answer_of_several_items() -> None:
    parts = [Speech("first", tone(24_000, 1000, 300)), Speech("second", tone(24_000, 2000, 500))]
    world = Logged(answers=Script(parts))
    world.ask()
    world.until(lambda: len(world.facts(e.PlaybackStarted)) == 2)
    world.wait(500)
    world.post(e.InterruptRequested())
    turn = world.last()
    assert turn.outcome == "interrupted"
    assert turn.heard_ms is not None
    assert 1500 <= turn.heard_ms < 1600


# ---- what crosses ------------------------------------------------------------------
def records(*said: f.Fact, turn: int = 1, since: float = 1.0) -> list[Record]:
    """One each 100 ms."""
    return [Record(since + number / 10, fact, turn) for number, fact in enumerate(said)]


def done(number: int, by: str = "interrupt_requested", outcome: Outcome = "interrupted") -> f.TurnDone:
    return f.TurnDone(number, by, outcome)


PRESSED, RELEASED = e.ButtonPressed(), e.ButtonReleased()
OPENED, CLOSED = f.RecordingStarted("button", 0), f.RecordingEnded(800, -20.0, 0)
VOICE, SILENCE = e.SpeechStarted(0), e.SpeechEnded(0)
FIRST_SENT, COMMIT, TAKEN_IN = f.AudioFirstSent(960), f.CommitSent(), e.InputCommitted("u1")
STARTED, DELTA = f.AnswerStarted("r1"), f.FirstDelta("r1", "i1")
PLAYED = e.PlaybackStarted("i1", 0)
CANCELLED = f.AnswerDone("r1", "cancelled", 9, 700)
STOPPED = e.PlaybackStopped((e.Heard("i1", 500),), 0)
LINK_UP, LINK_DOWN = f.LinkUp(1, "s"), e.Disconnected(1, "dropped")


def test_it_is_told_when_all_of_it_is_known() -> None:
    turns: list[TurnSummary] = []
    log = TurnLog(turns.append)
    for record in records(PRESSED, CLOSED, COMMIT, STARTED, DELTA, PLAYED, done(1)):
        log.record(record)
    log.record(records(STOPPED)[0])
    assert not turns
    for record in records(CANCELLED):
        log.record(record)
    (turn,) = turns
    assert (turn.heard_ms, turn.answer_ms, turn.tokens, turn.outcome) == (500, 700, 9, "interrupted")
    for record in records(FIRST_SENT, LINK_UP, CANCELLED):  # too late
        log.record(record)
    assert len(turns) == 1


def test_what_became_of_it_is_what_the_turn_machine_says() -> None:
    lost = f.TurnDone(1, "device_lost", "unanswered", "microphone")
    (turn,) = told(records(PRESSED, lost))
    assert (turn.outcome, turn.why) == ("unanswered", "microphone")


@pytest.mark.parametrize(
    "ending",
    [
        records(STOPPED, LINK_DOWN),
        records(STOPPED, f.ConnectFailed("dns", "no network")),
        records(PRESSED, done(2), turn=2),
    ],
    ids=["lost", "the end", "the next"],
)
def test_what_never_comes_is_not_waited_for(ending: list[Record]) -> None:
    asked = records(PRESSED, CLOSED, STARTED, PLAYED, done(1))
    turn = told(asked + ending)[0]
    assert (turn.turn_id, turn.outcome, turn.tokens, turn.answer_ms) == (1, "interrupted", 0, None)


def test_a_turn_that_is_on_at_the_end_is_not_told() -> None:
    assert told(records(PRESSED, CLOSED)) == []


def test_pressed_anew_before_the_sound_had_closed() -> None:
    again = [*records(CLOSED, turn=2), *records(done(1), since=1.1)]
    said, next_one = told(records(PRESSED, OPENED) + again + records(done(2), turn=2))
    assert (said.turn_id, said.outcome, said.speech_ms) == (1, "interrupted", 800)
    assert (next_one.began_by, next_one.speech_ms) == ("button", None)


def test_what_the_service_takes_in_of_the_turn_before_is_not_the_end_of_this_one() -> None:
    first = records(PRESSED, CLOSED, COMMIT, done(1))
    late: list[f.Fact] = [TAKEN_IN, OPENED, TAKEN_IN]  # two answers to commits of the turn before
    spoken = records(PRESSED, *late, RELEASED, CLOSED, COMMIT, PLAYED, done(2), turn=2)
    assert told(first + spoken)[1].release_to_commit_ms == 200  # from the release
    typed = records(f.TextTaken(), TAKEN_IN, DELTA, PLAYED, done(2), turn=2)
    turn = told(first + typed)[1]
    assert (turn.release_to_commit_ms, turn.release_to_sound_ms) == (None, 300)
    empty = records(PRESSED, *late, RELEASED, CLOSED, f.ClearSent(), done(2, outcome="empty"), turn=2)
    assert told(first + empty)[1].latencies == {}


def test_the_service_ends_an_utterance_and_what_it_ended_before_is_not_of_it() -> None:
    heard = records(PRESSED, OPENED, TAKEN_IN, SILENCE, turn=2)
    heard += records(TAKEN_IN, CLOSED, done(2), turn=2, since=3.0)
    assert told(heard)[0].release_to_commit_ms == 1700  # from the gate's closing


def test_what_was_sent_before_it_was_cleared_is_of_the_turn_before() -> None:
    (turn,) = told(records(PRESSED, FIRST_SENT, f.ClearSent(), FIRST_SENT, done(1)))
    assert turn.press_to_sent_ms == 300


def test_a_voice_that_went_on() -> None:
    said: list[f.Fact] = [PRESSED, SILENCE, VOICE, RELEASED, CLOSED, COMMIT]
    assert told(records(*said, done(1)))[0].release_to_commit_ms == 200
    said = [OPENED, SILENCE, e.ServiceSpeechStopped("u1", 0), TAKEN_IN]
    assert told(records(*said, done(1)))[0].release_to_commit_ms == 200
    said = [PRESSED, SILENCE, VOICE, CLOSED, COMMIT]  # too long: it was ended
    assert told(records(*said, done(1)))[0].release_to_commit_ms == 100


def test_an_answer_lost_before_it_sounded() -> None:
    said: list[f.Fact] = [PRESSED, CLOSED, COMMIT, DELTA, LINK_DOWN, LINK_UP, f.LinkMoved(2, "t")]
    (turn,) = told(records(*said, COMMIT, DELTA, PLAYED, STOPPED, DELTA, done(1)))
    assert (turn.commit_to_delta_ms, turn.delta_to_sound_ms, turn.sessions) == (100, 100, 2)


def test_an_answer_that_came_twice() -> None:
    """Half of it was heard when the link was lost."""
    said: list[f.Fact] = [PRESSED, CLOSED, COMMIT, DELTA, PLAYED, LINK_DOWN, COMMIT]
    silent = f.AnswerDone("r0", "completed", 5, 0)
    (turn,) = told(records(*said, silent, STARTED, DELTA, STOPPED, CANCELLED, done(1)))
    assert (turn.release_to_sound_ms, turn.delta_to_sound_ms) == (300, 100)
    assert (turn.tokens, turn.answer_ms) == (14, 700)


# ---- a day --------------------------------------------------------------------------
def test_a_day() -> None:
    day = Day()
    assert day.report("monday") == {"last": None, "today": {}, "p50": {}, "p95": {}}
    for ms in range(1, 101):
        day.add(TurnSummary(ms, "answered", "button", release_to_sound_ms=ms), "monday")
    report = day.report("monday")
    assert report["last"]
    assert report["today"] == {"answered": 100}
    assert (report["p50"], report["p95"]) == ({"release_to_sound_ms": 50}, {"release_to_sound_ms": 95})
    assert report["last"]["turn_id"] == 100
    tuesday = day.report("tuesday")
    assert tuesday["today"] == {}
    assert tuesday["last"] == report["last"]


def test_a_day_is_bounded() -> None:
    day = Day()
    for ms in range(3 * Day.MOST):
        day.add(TurnSummary(ms, "answered", "button", press_to_sent_ms=ms), "monday")
    assert day.report("monday")["p50"] == {"press_to_sent_ms": 3 * Day.MOST - Day.MOST // 2 - 1}


def test_percentiles() -> None:
    assert [percentile([7], percent) for percent in (1, 50, 95)] == [7, 7, 7]
    assert [percentile([3, 1, 2, 4], percent) for percent in (25, 50, 95)] == [1, 2, 4]


def test_a_line_for_each() -> None:
    turn = TurnSummary(12, "answered", "button", "", 18, 24, 598, 18, 640, heard_ms=4200, sessions=2)
    assert str(turn) == (
        "turn 12 answered: 18 ms to the first sound on the wire, 640 ms to the first sound of the answer"
        " (service 598 ms), 4.2 s heard, 2 sessions"
    )
    assert str(TurnSummary(13, "unanswered", "speech", "dns")) == "turn 13 unanswered (dns)"
    assert str(TurnSummary(14, "empty", "button")) == "turn 14 empty"
