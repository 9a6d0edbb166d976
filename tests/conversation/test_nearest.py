"""Which of several devices answers, however their messages travel."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.conversation.nearest import ENGAGED_S, LATEST_S, MEASURED_S, SAME_S, TAIL_S, Nearest
from edge_agent.vocabulary.group import READINESS, Claim, Readiness

LAG_MS = st.integers(0, round(LATEST_S * 1000) - 1)
OTHER_CALL_S = 10.0
Hearing = tuple[float, Readiness, float]  # when, how ready, how loud
Lags = dict[tuple[int, int], float | None]  # how long each claim travels; None: it is lost


@st.composite
def calls(draw: st.DrawFn, *, lossless: bool) -> tuple[list[Hearing], Lags]:
    count = draw(st.integers(1, 6))
    hearing = st.tuples(
        st.integers(0, round(SAME_S * 1000)).map(lambda ms: ms / 1000),
        st.sampled_from(READINESS),
        st.integers(0, 3).map(float),
    )
    heard = draw(st.lists(hearing, min_size=count, max_size=count))
    lag = LAG_MS if lossless else st.none() | LAG_MS
    pairs = [(a, b) for a in range(count) for b in range(count) if a != b]
    return heard, {pair: None if (ms := draw(lag)) is None else ms / 1000 for pair in pairs}


def answering(heard: list[Hearing], lags: Lags) -> list[int]:
    """Who answers once all is settled; before the call that counts there was another one."""
    devices = [Nearest(f"device-{number}") for number in range(len(heard))]
    for device in devices:
        device.hear("ready", 9.0, -OTHER_CALL_S)
    steps: list[tuple[float, int, int | None]] = [(at, number, None) for number, (at, *_) in enumerate(heard)]
    for (sender, receiver), lag in lags.items():
        if lag is not None:
            steps.append((heard[sender][0] + lag, receiver, sender))
    for at, number, teller in sorted(steps, key=lambda step: (step[0], step[2] is None)):
        if teller is None:
            devices[number].hear(*heard[number][1:], at)
        else:
            devices[number].take(Claim(*heard[teller][1:], f"device-{teller}"), at)
    return [number for number, device in enumerate(devices) if not device.better]


@given(calls(lossless=True))
def test_exactly_one_of_them_answers_and_it_is_the_one_that_hears_best(
    call: tuple[list[Hearing], Lags],
) -> None:
    heard, lags = call
    ranks = [
        (READINESS.index(readiness), level_db, number)
        for number, (_, readiness, level_db) in enumerate(heard)
    ]
    assert answering(heard, lags) == [max(ranks)[2]]


@given(calls(lossless=False))
def test_where_claims_are_lost_somebody_answers_all_the_same(call: tuple[list[Hearing], Lags]) -> None:
    assert answering(*call)


def test_a_claim_to_another_call_is_not_yielded_to() -> None:
    nearest = Nearest("kitchen")
    nearest.take(Claim("ready", 20.0, "hall"), 0.0)
    nearest.hear("ready", 10.0, SAME_S + 0.01)
    assert not nearest.better
    assert nearest.is_open(nearest.settled_at - 0.01)
    nearest.take(Claim("ready", 20.0, "hall"), nearest.settled_at)
    assert not nearest.better


def test_until_it_is_known_how_well_it_hears_nothing_is_settled() -> None:
    nearest = Nearest("kitchen")
    assert not nearest.is_open(0.0)
    nearest.expect(1.0)
    assert nearest.settled_at == pytest.approx(1.0 + MEASURED_S + SAME_S + LATEST_S)
    nearest.take(Claim("ready", 20.0, "hall"), 1.3)
    assert nearest.is_open(1.3)
    assert nearest.better != "hall"
    nearest.hear("ready", 10.0, 1.4)
    assert nearest.better == "hall"


def test_who_is_in_a_turn_counts_for_a_while_and_a_little_longer_than_that() -> None:
    nearest = Nearest("kitchen")
    nearest.engage("hall", 0.0, engaged=True)
    assert nearest.engaged(ENGAGED_S - 0.01) == "hall"
    assert not nearest.engaged(ENGAGED_S)  # it is gone, or cannot be heard
    nearest.engage("hall", 3.0, engaged=False)
    assert nearest.engaged(3.0 + TAIL_S - 0.01) == "hall"
    assert not nearest.engaged(3.0 + TAIL_S)
    nearest.engage("hall", 10.0, engaged=False)
    assert not nearest.engaged(10.0)
