from __future__ import annotations

from edge_agent.conversation.answer import MOST_ITEMS, Answer, CutOff
from edge_agent.vocabulary.commands import StopPlayback
from edge_agent.vocabulary.events import Heard

MS = 48


def test_what_was_cut_off_is_known_by_its_item() -> None:
    answer = Answer()
    answer.receive("a", 1000 * MS)
    answer.receive("a", 500 * MS)
    assert "a" in answer
    assert answer.unsettled_ms == 1500
    assert list(answer.stopped([Heard("a", 600), Heard("unknown", 3)])) == [
        CutOff("a", 600, 1500, whole=False, known=True)
    ]
    assert answer.unsettled_ms == 0
    assert list(answer.stopped([Heard("a", 600)])) == []


def test_what_was_received_whole_and_heard_whole_is_not_cut() -> None:
    answer = Answer()
    answer.receive("a", 100 * MS)
    answer.receive("b", 100 * MS)
    answer.finish(["a", "b", "never came"])
    cut = answer.stopped([Heard("a", 100), Heard("b", 99)])
    assert [item.item_id for item in cut] == ["b"]


def test_all_that_came_was_heard_but_more_was_on_its_way() -> None:
    answer = Answer()
    answer.receive("a", 100 * MS)
    assert [item.heard_ms for item in answer.stopped([Heard("a", 100)])] == [100]


def test_what_has_drained_is_settled() -> None:
    answer = Answer()
    answer.receive("a", 100 * MS)
    assert list(answer.drained([Heard("a", 100), Heard("unknown", 3)])) == []
    assert answer.is_settled
    assert list(answer.stopped([Heard("a", 10)])) == []
    answer.receive("b", 100 * MS)
    answer.receive("c", 100 * MS)
    answer.finish(["b"])
    assert list(answer.drained([Heard("b", 100)])) == [("b", 100)]
    assert not answer.is_settled  # c is on its way to the speaker
    assert answer.unsettled_ms == 100


def test_sound_that_does_not_answer_any_more() -> None:
    answer = Answer()
    answer.receive("a", 100 * MS)
    answer.finish(["a"])
    assert not answer.stopping
    assert answer.stop() == StopPlayback()
    assert answer.stopping
    assert list(answer.forsaken()) == [CutOff("a", 0, 100, whole=True, known=True)]
    assert not answer.stopping


def test_a_lost_connection_knows_nothing() -> None:
    answer = Answer()
    answer.receive("a", 100 * MS)
    answer.receive("b", 100 * MS)
    answer.finish(["b"])
    assert list(answer.lose()) == [CutOff("a", 100, 100, whole=False, known=False)]
    assert list(answer.lose()) == []
    assert [item.known for item in answer.stopped([Heard("a", 10)])] == [False]


def test_old_items_are_forgotten() -> None:
    answer = Answer()
    for number in range(MOST_ITEMS + 5):
        answer.receive(f"item {number}", MS)
    assert answer.unsettled_ms == MOST_ITEMS
    assert "item 4" not in answer
    assert "item 5" in answer


def test_an_item_without_sound_is_cut_to_nothing() -> None:
    answer = Answer()
    answer.receive("a", 0)
    assert list(answer.stopped([Heard("a", 0)])) == [CutOff("a", 0, 0, whole=False, known=True)]


def test_an_id_that_comes_again() -> None:
    answer = Answer()
    for _ in range(2):
        answer.receive("a", 100 * MS)
        answer.finish(["a"])
        assert answer.unsettled_ms == 100
        assert list(answer.drained([Heard("a", 100)])) == [("a", 100)]
    assert answer.heard_ms == 200
