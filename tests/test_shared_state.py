"""What a process that dies leaves behind."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.audio.echo.learned import Learned
from edge_agent.audio.process.shared_state import ECHO_AT, BlackBox, Counters
from edge_agent.vocabulary.events import Heard


@pytest.fixture
def box() -> Iterator[BlackBox]:
    made = BlackBox()
    yield made
    made.close()


def test_the_last_note_counts(box: BlackBox) -> None:
    assert not box.heard
    for ms in range(0, 200, 20):
        box.note((Heard("item", ms),))
        assert box.heard == (Heard("item", ms),)


def test_another_process_goes_on_with_it(box: BlackBox) -> None:
    """It knows nothing of how often the one before it has noted something."""
    for ms in range(9):
        box.note((Heard("before", ms),))
    box.forget()
    successor = BlackBox(box.fd)
    assert not box.heard
    successor.note((Heard("after", 20),))
    assert box.heard == (Heard("after", 20),)
    successor.count(Counters(frames=7))
    assert box.counters.frames == 7


def test_died_in_the_middle_of_a_note(box: BlackBox) -> None:
    box.note((Heard("item", 20),))
    box.note((Heard("item", 40),))
    before = bytes(box._memory)
    box.note((Heard("item", 60),))
    changed = [at for at in range(ECHO_AT) if before[at] != box._memory[at]]
    box._memory[changed[0] : changed[0] + 4] = bytes(4)  # its number is written last
    assert box.heard == (Heard("item", 40),)


@given(st.lists(st.builds(Heard, st.text(st.characters(), max_size=30), st.integers(0, 10**7)), max_size=6))
def test_ids_of_any_kind(heard: list[Heard]) -> None:
    """Of the last items, as many as there is room for; each of them as it is."""
    box = BlackBox()
    try:
        box.note(tuple(heard))
        noted = box.heard
        assert len(noted) <= 4
        assert noted == tuple(heard[len(heard) - len(noted) :])
        assert noted or not heard
    finally:
        box.close()


@pytest.mark.parametrize("item_id", ["a\nb c\r\x85", "\ud800", "x" * 480, "ü" * 240])
def test_ids_that_no_service_gives(box: BlackBox, item_id: str) -> None:
    box.note((Heard("before", 1), Heard(item_id, 20)))
    assert box.heard[-1] == Heard(item_id, 20)


def test_what_has_no_room_is_left_out(box: BlackBox) -> None:
    box.note((Heard("item", 20), Heard("ü" * 500, 20)))
    assert not box.heard
    box.note((Heard("ü" * 500, 20), Heard("item", 20)))
    assert box.heard == (Heard("item", 20),)


@given(st.binary(min_size=ECHO_AT, max_size=ECHO_AT))
def test_whatever_was_written_over_it_can_be_read(memory: bytes) -> None:
    box = BlackBox()
    try:
        box._memory[:ECHO_AT] = memory
        assert abs(box.learned.late_ms) <= 5000
        assert isinstance(box.heard, tuple)
        assert isinstance(box.counters, Counters)
        box.forget()
        assert not box.heard
    finally:
        box.close()


@pytest.mark.parametrize("verdict", [None, False, True])
def test_what_was_learned_is_there_for_the_next_process(box: BlackBox, verdict: bool | None) -> None:
    learned = Learned(verdict, 2, -60, 24.5)
    box.learn(learned)
    box.echo(8)[:4] = b"echo"
    box.note((Heard("item", 20),))
    successor = BlackBox(box.fd)
    successor.forget()
    assert (successor.learned, bytes(successor.echo(8)[:4]), successor.heard) == (learned, b"echo", ())


def test_closed_twice(box: BlackBox) -> None:
    box.close()
    box.close()
