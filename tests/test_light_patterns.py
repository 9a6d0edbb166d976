from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_agent.panel.light_patterns import Pattern, pattern
from edge_agent.vocabulary.state import Mode

KINDS = [(coloured, dimmable) for coloured in (False, True) for dimmable in (False, True)]
SEEN_EVERY_MS = 20


def seen(shown: Pattern) -> tuple[float, ...]:
    """The light of 9 s."""
    return tuple(shown.at(ms / 1000)[0] for ms in range(0, 9000, SEEN_EVERY_MS))


def ons(shown: Pattern) -> list[float]:
    """How long the light is on, each time, in the first 9 s."""
    word = "".join("x" if level > 0 else " " for level in seen(shown))
    return [len(on) * SEEN_EVERY_MS / 1000 for on in word.split()]


@pytest.mark.parametrize(("coloured", "dimmable"), KINDS)
def test_idle_is_dark_and_what_is_constant_wakes_nobody(coloured: bool, dimmable: bool) -> None:
    assert pattern(Mode.IDLE, coloured=coloured, dimmable=dimmable).at(1e6) == (0, None)
    assert pattern(Mode.LISTENING, coloured=coloured, dimmable=dimmable).at(1e6) == (1, None)
    assert pattern(Mode.MUTED, coloured=True, dimmable=dimmable).at(1e6)[1] is None


@pytest.mark.parametrize("mode", [mode for mode in Mode if mode is not Mode.IDLE])
@pytest.mark.parametrize(("coloured", "dimmable"), KINDS)
def test_every_other_mode_is_seen_at_once(mode: Mode, coloured: bool, dimmable: bool) -> None:
    shown = pattern(mode, coloured=coloured, dimmable=dimmable)
    assert shown.at(0)[0] > 0.2
    assert max(shown.colour) == 1


def test_flashes_count_the_trouble() -> None:
    for mode, count in ((Mode.MUTED, 1), (Mode.OFFLINE, 2), (Mode.FAULT, 3)):
        assert ons(pattern(mode, coloured=False, dimmable=False)) == [0.12] * count * 3


@pytest.mark.parametrize("dimmable", [False, True])
def test_a_single_led_tells_the_modes_apart_whenever_one_looks(dimmable: bool) -> None:
    shown = [seen(pattern(mode, coloured=False, dimmable=dimmable)) for mode in Mode]
    for one, other in combinations(shown, 2):
        assert all(other[shift:] + other[:shift] != one for shift in range(len(one)))


def test_colours_without_dimming_are_pure() -> None:
    assert pattern(Mode.THINKING, coloured=True, dimmable=False).colour == (1, 1, 0)
    assert pattern(Mode.SPEAKING, coloured=True, dimmable=False).colour == (0, 1, 1)
    colours = {pattern(mode, coloured=True, dimmable=False).colour for mode in Mode}
    # muted and fault are both red, steady and flashing; working is thinking, and ringing listening, in another rhythm
    assert len(colours) == len(Mode) - 3


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize(("coloured", "dimmable"), KINDS)
@settings(max_examples=20)
@given(elapsed_s=st.floats(0, 1e6))
def test_it_may_sleep_until_the_next_change(
    mode: Mode, coloured: bool, dimmable: bool, elapsed_s: float
) -> None:
    shown = pattern(mode, coloured=coloured, dimmable=dimmable)
    level, change_s = shown.at(elapsed_s)
    assert 0 <= level <= 1
    if change_s is not None:
        assert elapsed_s < change_s <= elapsed_s + 3.001
        assert shown.at(change_s)[1] != change_s
        assert shown.at((elapsed_s + change_s) / 2)[0] == level


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize(("coloured", "dimmable"), KINDS)
def test_steps_are_few(mode: Mode, coloured: bool, dimmable: bool) -> None:
    durations = [duration_s for _, duration_s in pattern(mode, coloured=coloured, dimmable=dimmable).steps]
    assert len(durations) / sum(durations) <= 20 + 1e-9
