"""How often it was called, and which of these calls perhaps were not meant."""

from __future__ import annotations

from edge_agent.telemetry.wake_counts import MOST_DOUBTED, WakeCounts
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.state import State, Turn

CALL = e.WakeWordHeard("jarvis", 0.981, 0)
LISTENING, THINKING, IDLE = State(Turn.LISTENING), State(Turn.THINKING), State()


def counts(*happened: tuple[e.Event, State]) -> WakeCounts:
    counted = WakeCounts()
    for at_s, (event, state) in enumerate(happened):
        counted.watch(event, state, float(at_s))
    return counted


def test_a_call_after_which_nothing_was_said_is_doubted() -> None:
    told = counts((CALL, LISTENING), (e.Tick(), LISTENING), (e.Tick(), IDLE)).report(10.0)
    assert told["calls"] == {"jarvis": 1}
    assert told["nothing_said"] == 1
    assert told["last_nothing_said"] == [{"word": "jarvis", "score": 0.981, "ago_s": 10.0}]


def test_a_call_with_a_question_is_not_and_neither_is_one_that_was_given_up() -> None:
    for end in ((e.Tick(), THINKING), (e.InterruptRequested(), IDLE), (e.MuteSwitched(True), IDLE)):
        assert counts((CALL, LISTENING), end).report(0.0)["nothing_said"] == 0


def test_what_was_told_and_not_listened_to_counts_as_called() -> None:
    told = counts((CALL, IDLE), (e.Tick(), IDLE)).report(0.0)
    assert (told["calls"], told["nothing_said"]) == ({"jarvis": 1}, 0)


def test_other_words_are_counted_by_themselves() -> None:
    stop, own = e.StopWordHeard("stop", 0.9, 0), e.OwnWordHeard("jarvis", 0.9, 0)
    told = counts((stop, IDLE), (own, IDLE), (own, IDLE)).report(0.0)
    assert (told["stops"], told["own"], told["calls"]) == (1, 2, {})


def test_only_the_last_are_kept() -> None:
    happened: list[tuple[e.Event, State]] = [(CALL, LISTENING), (e.Tick(), IDLE)]
    many = counts(*happened * (MOST_DOUBTED + 3)).report(0.0)
    assert many["nothing_said"] == MOST_DOUBTED + 3
    assert len(many["last_nothing_said"]) == MOST_DOUBTED
