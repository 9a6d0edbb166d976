"""What became of each turn: made from records as the timeline writes them."""

from __future__ import annotations

from typing import Any

import pytest

from edge_agent.turn_log import Day, TurnLog, TurnSummary, percentile


class Log:
    def __init__(self) -> None:
        self.told: list[TurnSummary] = []
        self._log = TurnLog(self.told.append)

    def __call__(self, *records: tuple[Any, ...]) -> list[TurnSummary]:
        """(turn, ms, event, fields)"""
        for turn, ms, event, *fields in records:
            record = {"t": ms / 1000, "event": event, **(fields[0] if fields else {})}
            self._log.record(record | ({"turn_id": turn} if turn else {}))
        return self.told


ASKED = [
    (1, 0, "button_pressed"),
    (1, 5, "uplink_opened", {"opened_by": "button"}),
    (1, 18, "audio_first_sent"),
    (1, 2000, "button_released"),
    (1, 2010, "uplink_closed", {"speech_ms": 1700}),
    (1, 2024, "commit_sent"),
    (1, 2030, "input_committed"),
]
BEGUN = [(1, 2500, "first_delta"), (1, 2522, "playback_started")]
DONE = [(1, 2600, "response_done", {"tokens": 228})]
HEARD = [(1, 6722, "playback_drained", {"heard_ms": 4200}), (1, 6722, "turn_done", {"number": 1})]


def stopped(ms: int, heard_ms: int, turn: int = 1) -> tuple[Any, ...]:
    return turn, ms, "playback_stopped", {"heard": [{"item_id": "i", "heard_ms": heard_ms}]}


def test_an_answer() -> None:
    (told,) = Log()((0, 0, "link_up"), *ASKED, *BEGUN, *DONE, *HEARD, (1, 7000, "gate_opened"))
    assert told == TurnSummary(
        1,
        "answered",
        "button",
        press_to_sent_ms=18,
        release_to_commit_ms=24,
        commit_to_delta_ms=476,
        delta_to_sound_ms=22,
        release_to_sound_ms=522,
        speech_ms=1700,
        heard_ms=4200,
        tokens=228,
    )
    assert str(told) == (
        "turn 1 answered: 18 ms to the first sound on the wire, 522 ms to the first sound of the answer"
        " (service 476 ms), 4.2 s heard"
    )


def test_one_that_the_next_turn_breaks_into() -> None:
    log = Log()
    log(*ASKED, *BEGUN, (2, 4000, "button_pressed"), (1, 4000, "turn_done", {"number": 1}))
    assert log.told == []
    (told,) = log(stopped(4050, 1480, turn=2))
    assert (told.turn_id, told.outcome, told.heard_ms) == (1, "interrupted", 1480)
    log((2, 4060, "audio_first_sent"), (2, 5000, "turn_done", {"number": 2}))
    assert log.told[1] == TurnSummary(2, "empty", "button", press_to_sent_ms=60)
    assert str(log.told[1]) == "turn 2 empty: 60 ms to the first sound on the wire"


def test_an_answer_that_nobody_says_how_much_was_heard_of() -> None:
    log = Log()
    log(*ASKED, *BEGUN, (1, 3000, "turn_done", {"number": 1}), (2, 4000, "button_pressed"))
    assert log.told == []
    told, empty = log((2, 4100, "turn_done", {"number": 2}))
    assert (told.outcome, told.heard_ms, empty.outcome) == ("interrupted", None, "empty")


def test_what_is_heard_in_two_parts_counts_as_the_last_says() -> None:
    again = [(1, 3200, "link_up"), (1, 3300, "commit_sent"), (1, 3900, "playback_started")]
    (told,) = Log()(*ASKED, *BEGUN, stopped(3000, 400), *again, *HEARD)
    assert (told.outcome, told.heard_ms, told.sessions) == ("answered", 4200, 2)
    assert "2 sessions" in str(told)
    assert told.commit_to_delta_ms is None  # the first delta was before


@pytest.mark.parametrize(
    ("record", "why"),
    [
        ((1, 3000, "response_done", {"tokens": 0, "reason": "rate_limit_exceeded"}), "rate_limit_exceeded"),
        ((1, 3000, "cue", {"name": "offline"}), "offline"),
        ((1, 3000, "cue", {"name": "done"}), ""),
    ],
)
def test_one_that_is_not_answered(record: tuple[Any, ...], why: str) -> None:
    (told,) = Log()(*ASKED, record, (1, 3000, "turn_done", {"number": 1}))
    assert (told.outcome, told.why) == ("unanswered", why)
    assert str(told).startswith(f"turn 1 unanswered ({why})" if why else "turn 1 unanswered:")


def test_a_voice_and_a_service_that_ends_turns() -> None:
    (told,) = Log()(
        (0, 0, "gate_opened"),  # before anybody knows of a turn
        (1, 5, "uplink_opened", {"opened_by": "speech"}),
        (1, 30, "audio_first_sent"),
        (1, 2000, "input_committed"),
        (1, 2010, "uplink_closed", {"speech_ms": 900}),
        (1, 2300, "first_delta"),
        (1, 2400, "playback_started"),
        (1, 2500, "turn_done", {"number": 1}),
        stopped(2510, 90),
    )
    assert (told.began_by, told.press_to_sent_ms, told.commit_to_delta_ms) == ("speech", 25, 300)
    assert told.release_to_commit_ms is None


def test_words() -> None:
    (told,) = Log()((1, 0, "response_requested"), (1, 5, "first_delta"), *DONE, *HEARD)
    assert (told.began_by, told.outcome, told.release_to_sound_ms) == ("text", "answered", None)


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
