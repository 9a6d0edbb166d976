from __future__ import annotations

import io
import logging

import pytest

from edge_agent.host.journal.restraint import (
    MOST_KINDS,
    MOST_LINES,
    MOST_SAME,
    SAME_WINDOW_S,
    WINDOW_S,
    Restraint,
)
from edge_agent.vocabulary.journal import noted


class Log:
    """What gets through."""

    def __init__(self) -> None:
        self.now = 0.0
        self.stream = io.StringIO()
        self.restraint = Restraint(lambda: self.now)
        handler = logging.StreamHandler(self.stream)
        handler.addFilter(self.restraint)
        self.logger = logging.getLogger(f"{__name__}.{id(self)}")
        self.logger.setLevel(logging.DEBUG)
        self.logger.propagate = False
        self.logger.addHandler(handler)

    @property
    def lines(self) -> list[str]:
        return self.stream.getvalue().splitlines()


@pytest.fixture
def log() -> Log:
    return Log()


def test_what_happens_over_and_over_is_told_so_often_a_minute(log: Log) -> None:
    for number in range(MOST_LINES + 40):
        log.logger.warning("it said %d", number)
    assert log.lines == [f"it said {number}" for number in range(MOST_LINES)]


def test_the_next_minute_says_how_many_were_left_out(log: Log) -> None:
    def say() -> None:
        log.logger.info("once %s", "more")

    for _ in range(MOST_LINES + 7):
        say()
    log.now = WINDOW_S
    say()
    say()
    assert log.lines[MOST_LINES:] == ["once more (7 more like this before)", "once more"]


def test_each_kind_has_its_own_room(log: Log) -> None:
    for number in range(MOST_LINES + 5):
        for name in ("turn", "finding"):  # the same line of the code
            log.logger.info("%s %d", name, number, extra=noted(name))
    assert len(log.lines) == 2 * MOST_LINES


def test_details_are_not_held_back(log: Log) -> None:
    for number in range(MOST_LINES * 3):
        log.logger.debug("step %d", number)
    assert len(log.lines) == MOST_LINES * 3


def test_kinds_are_bounded(log: Log) -> None:
    for number in range(MOST_KINDS * 2):
        log.logger.info("x", extra={"fields": {"EVENT": str(number)}})
    assert len(log.restraint._kinds) == MOST_KINDS


def test_a_device_that_comes_and_goes_is_told_with_counts_at_long_intervals(log: Log) -> None:
    for second in range(int(SAME_WINDOW_S) + 1):
        log.now = float(second)
        log.logger.info("sound: a card", extra=noted("device_started"))
        log.logger.warning("microphone-missing: gone", extra=noted("finding"))
        log.logger.info("muted", extra=noted("muted"))
    left_out = int(SAME_WINDOW_S) - MOST_SAME
    told = [line for line in log.lines if line != "muted"]
    assert told == ["sound: a card", "microphone-missing: gone"] * MOST_SAME + [
        f"sound: a card ({left_out} more like this before)",
        f"microphone-missing: gone ({left_out} more like this before)",
    ]
    assert log.lines.count("muted") == SAME_WINDOW_S + 1
