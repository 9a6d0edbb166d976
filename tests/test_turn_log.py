"""What became of a turn: whole conversations in audio time, and what only records can show."""

from __future__ import annotations

from typing import Any

import pytest

from edge_agent.simulator.answers import Script, Speech
from edge_agent.simulator.reply import Pace
from edge_agent.telemetry.timeline import Record
from edge_agent.telemetry.turn_log import Day, TurnLog, TurnSummary, percentile
from edge_agent.vocabulary import events as e

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
    assert turn.heard_ms == world.record("interrupted")["heard_ms"]
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
    world.until(lambda: len([r for r in world.records if r["event"] == "playback_started"]) == 2)
    world.wait(500)
    world.post(e.InterruptRequested())
    turn = world.last()
    assert turn.outcome == "interrupted"
    assert turn.heard_ms is not None
    assert 1500 <= turn.heard_ms < 1600


# ---- what crosses ------------------------------------------------------------------
def records(*said: Any, turn: int = 1) -> list[Record]:
    """One each 100 ms: an event, or (event, its fields)."""
    pairs = [(line, {}) if isinstance(line, str) else line for line in said]
    return [
        {"t": 1 + number / 10, "turn_id": turn, "event": event, **fields}
        for number, (event, fields) in enumerate(pairs)
    ]


def done(number: int, by: str = "interrupt_requested") -> tuple[str, Record]:
    return "turn_done", {"number": number, "by": by}


CLOSED = ("uplink_closed", {"speech_ms": 800})
STARTED = ("response_started", {"response_id": "r1"})
PLAYED = ("playback_started", {"item_id": "i1"})
CANCELLED = ("response_done", {"response_id": "r1", "status": "cancelled", "tokens": 9, "answer_ms": 700})
STOPPED = ("playback_stopped", {"heard": [{"item_id": "i1", "heard_ms": 500}]})


def test_it_is_told_when_all_of_it_is_known() -> None:
    turns: list[TurnSummary] = []
    log = TurnLog(turns.append)
    asked = records("button_pressed", CLOSED, "commit_sent", STARTED, "first_delta", PLAYED, done(1))
    for record in asked:
        log.record(record)
    log.record(records(STOPPED)[0])
    assert not turns
    for record in records(CANCELLED):
        log.record(record)
    (turn,) = turns
    assert (turn.heard_ms, turn.answer_ms, turn.tokens, turn.outcome) == (500, 700, 9, "interrupted")
    for record in records("audio_first_sent", "link_up", CANCELLED):  # too late
        log.record(record)
    assert len(turns) == 1


@pytest.mark.parametrize(
    "ending",
    [
        records(STOPPED, "link_down"),
        records(STOPPED, ("link_failed", {"code": "dns"})),
        records("button_pressed", done(2), turn=2),
    ],
    ids=["lost", "the end", "the next"],
)
def test_what_never_comes_is_not_waited_for(ending: list[Record]) -> None:
    asked = records("button_pressed", CLOSED, STARTED, PLAYED, done(1))
    turn = told(asked + ending)[0]
    assert (turn.turn_id, turn.outcome, turn.tokens, turn.answer_ms) == (1, "interrupted", 0, None)


def test_a_turn_that_is_on_at_the_end_is_not_told() -> None:
    assert told(records("button_pressed", CLOSED)) == []


def test_pressed_anew_before_the_sound_had_closed() -> None:
    again = records(CLOSED, ("turn_done", {"turn_id": 1, "number": 1, "by": "uplink_closed"}), turn=2)
    said, next_one = told(records("button_pressed", "uplink_opened") + again + records(done(2), turn=2))
    assert (said.turn_id, said.outcome, said.speech_ms) == (1, "interrupted", 800)
    assert (next_one.began_by, next_one.speech_ms) == ("button", None)


def test_a_commit_of_the_turn_before_is_not_the_services() -> None:
    first = records("button_pressed", CLOSED, "commit_sent", done(1))
    empty = ("service_erred", {"code": "input_audio_buffer_commit_empty"})
    later = records("button_pressed", "uplink_opened", "input_committed", "gate_closed", empty, turn=2)
    heard = records("input_committed", ("uplink_closed", {"speech_ms": 700}), done(2), turn=2)
    for record in heard:
        record["t"] += 2
    turn = told(first + later + heard)[1]
    assert turn.release_to_commit_ms == 1700  # from the gate's closing to what the service has ended itself


def test_what_was_sent_before_it_was_cleared_is_of_the_turn_before() -> None:
    (turn,) = told(records("button_pressed", "audio_first_sent", "clear_sent", "audio_first_sent", done(1)))
    assert turn.press_to_sent_ms == 300


def test_a_voice_that_went_on() -> None:
    said = ["button_pressed", "gate_closed", "gate_opened", "button_released", CLOSED, "commit_sent"]
    assert told(records(*said, done(1)))[0].release_to_commit_ms == 200
    said = ["uplink_opened", "gate_closed", "service_speech_stopped", "input_committed"]
    assert told(records(*said, done(1)))[0].release_to_commit_ms == 200
    said = ["button_pressed", "gate_closed", "gate_opened", CLOSED, "commit_sent"]  # too long: it was ended
    assert told(records(*said, done(1)))[0].release_to_commit_ms == 100


def test_an_answer_lost_before_it_sounded() -> None:
    said = ["button_pressed", CLOSED, "commit_sent", "first_delta", "link_down", "link_up", "link_switched"]
    (turn,) = told(records(*said, "commit_sent", "first_delta", PLAYED, STOPPED, "first_delta", done(1)))
    assert (turn.commit_to_delta_ms, turn.delta_to_sound_ms, turn.sessions) == (100, 100, 2)


def test_the_sound_that_was_lost_and_found() -> None:
    lost = ("device_lost", {"part": "microphone"})
    (turn,) = told(records("button_pressed", lost, done(1, "device_lost")))
    assert (turn.outcome, turn.why) == ("unanswered", "microphone")
    (turn,) = told(
        records("link_up", turn=0) + records("button_pressed", lost, "device_started", done(1, "deadline"))
    )
    assert (turn.outcome, turn.why) == ("unanswered", "timeout")


def test_an_answer_that_came_twice() -> None:
    """Half of it was heard when the link was lost."""
    said = ["button_pressed", CLOSED, "commit_sent", "first_delta", PLAYED, "link_down", "commit_sent"]
    silent = ("response_done", {"response_id": "r0", "status": "completed", "tokens": 5, "answer_ms": 0})
    (turn,) = told(records(*said, silent, STARTED, "first_delta", STOPPED, CANCELLED, done(1)))
    assert (turn.release_to_sound_ms, turn.delta_to_sound_ms) == (300, 100)
    assert (turn.tokens, turn.answer_ms) == (14, 700)


# ---- a day --------------------------------------------------------------------------
def test_a_day() -> None:
    day = Day()
    assert day.report("monday") == {"last": None, "today": {}, "p50": {}, "p95": {}}
    for ms in range(1, 101):
        day.add(TurnSummary(ms, "answered", "button", release_to_sound_ms=ms), "monday")
    report = day.report("monday")
    assert report["today"] == {"answered": 100}
    assert (report["p50"], report["p95"]) == ({"release_to_sound_ms": 50}, {"release_to_sound_ms": 95})
    assert report["last"]["turn_id"] == 100
    assert day.report("tuesday")["today"] == {}
    assert day.report("tuesday")["last"]["turn_id"] == 100


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
