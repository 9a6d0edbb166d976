from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_agent.panel.button import Button, Gesture, Timing

P, R, H, D = Gesture.PRESSED, Gesture.RELEASED, Gesture.HELD, Gesture.DOUBLE
MS = 1000
PLAIN = Timing(30 * MS)
HELD = Timing(30 * MS, held_s=1500 * MS)
REPEATING = Timing(30 * MS, held_s=500 * MS, repeat_s=200 * MS)
DOUBLE = Timing(30 * MS, double_s=350 * MS)
Said = list[tuple[int, Gesture]]


def feel(timing: Timing, edges: list[int], until: int = 10_000, *, closed: bool = False) -> Said:
    """(ms, gesture) of a contact that changes at these ms, asked at each of its deadlines too.

    Time here is in us, as whole numbers, so that sums are exact.
    """
    button = Button(timing, closed=closed)
    said: Said = []

    def pass_until(end: int) -> None:
        while button.deadline is not None and button.deadline <= end:
            at = int(button.deadline)
            said.extend((at // MS, gesture) for gesture in button.feed(closed, at))

    for edge in edges:
        pass_until(edge * MS - 1)
        closed = not closed
        said.extend((edge, gesture) for gesture in button.feed(closed, edge * MS))
    pass_until(until * MS)
    return said


def test_a_press_counts_at_once_and_ends_when_it_is_quiet() -> None:
    assert feel(PLAIN, [100, 600]) == [(100, P), (630, R)]


def test_bounces_are_one_press() -> None:
    assert feel(PLAIN, [100, 101, 103, 106, 110, 600, 604, 605, 607, 608]) == [(100, P), (638, R)]


def test_a_contact_that_opens_for_a_moment_is_still_pressed() -> None:
    assert feel(PLAIN, [100, 300, 320, 600]) == [(100, P), (630, R)]


def test_a_touch_shorter_than_the_debouncing_is_a_press() -> None:
    assert feel(PLAIN, [100, 105]) == [(100, P), (135, R)]


def test_the_next_press_may_follow_at_once() -> None:
    assert feel(PLAIN, [100, 200, 231, 300]) == [(100, P), (230, R), (231, P), (330, R)]


def test_without_debouncing_every_edge_counts() -> None:
    assert feel(Timing(0), [100, 101, 102, 103]) == [(100, P), (101, R), (102, P), (103, R)]


def test_a_long_press_is_told_once() -> None:
    assert feel(HELD, [100, 4000]) == [(100, P), (1600, H), (4030, R)]
    assert feel(HELD, [100, 1500, 2000, 2100]) == [(100, P), (1530, R), (2000, P), (2130, R)]


def test_a_press_is_not_long_that_was_let_go_just_before() -> None:
    assert feel(HELD, [100, 1590]) == [(100, P), (1620, R)]
    assert feel(HELD, [100, 1590, 1610, 3000]) == [(100, P), (1610, H), (3030, R)]


def test_held_again_and_again() -> None:
    assert feel(REPEATING, [100, 1100]) == [(100, P), (600, H), (800, H), (1000, H), (1130, R)]


def test_a_double_press() -> None:
    assert feel(DOUBLE, [100, 200, 450, 500]) == [(100, P), (230, R), (450, D), (530, R)]
    assert feel(DOUBLE, [100, 200, 451, 500]) == [(100, P), (230, R), (451, P), (530, R)]


def test_a_third_press_begins_anew() -> None:
    gestures = [gesture for _, gesture in feel(DOUBLE, [0, 50, 100, 150, 200, 250, 300, 350])]
    assert gestures == [P, R, D, R, P, R, D, R]


def test_closed_from_the_start_is_no_press() -> None:
    assert feel(HELD, [5000, 6000, 6100], closed=True) == [(5030, R), (6000, P), (6130, R)]


def test_an_edge_that_was_lost_is_found_at_the_deadline() -> None:
    button = Button(PLAIN)
    assert button.feed(True, 0) == [P]
    assert button.feed(False, 30 * MS) == []  # it opened, and nobody said so
    assert button.deadline == 60 * MS
    assert button.feed(False, 60 * MS) == [R]
    assert button.deadline is None


def test_what_was_late_is_told_in_its_order() -> None:
    button = Button(HELD)
    assert button.feed(True, 0) == [P]
    assert button.feed(False, 1700 * MS) == [H]
    assert button.feed(True, 1900 * MS) == [R, P]


edges = st.lists(st.integers(1, 2000), max_size=40).map(
    lambda gaps: [sum(gaps[: count + 1]) for count in range(len(gaps))]
)
bouncy = st.lists(st.one_of(st.integers(1, 8), st.integers(1, 900)), max_size=60).map(
    lambda gaps: [sum(gaps[: count + 1]) for count in range(len(gaps))]
)


@pytest.mark.parametrize("timing", [PLAIN, HELD, REPEATING, DOUBLE, Timing(0, held_s=1, double_s=350 * MS)])
@settings(max_examples=40)
@given(at=st.one_of(edges, bouncy), closed=st.booleans())
def test_presses_and_releases_alternate_and_the_last_level_is_told(
    timing: Timing, at: list[int], closed: bool
) -> None:
    said = feel(timing, at, until=at[-1] + 100 if at else 0, closed=closed)
    pressed = closed
    for _, gesture in said:
        if gesture is H:
            assert pressed
        else:
            assert pressed == (gesture is R)
            pressed = not pressed
    assert pressed == (closed ^ (len(at) % 2 == 1))


@settings(max_examples=40)
@given(at=bouncy)
def test_nothing_is_told_while_nothing_happens(at: list[int]) -> None:
    said = feel(PLAIN, at, until=sum(at) + 10_000)
    assert all(any(0 <= told - edge <= 30 for edge in at) for told, _ in said)
