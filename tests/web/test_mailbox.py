"""What waits for a page that reads slowly."""

from __future__ import annotations

from edge_agent.web.mailbox import Letter, Mailbox, answer_letter


def test_of_what_has_a_key_only_the_latest_waits() -> None:
    box = Mailbox()
    box.put([Letter({"a": 1}, "a"), Letter({"line": 1}), Letter({"a": 2}, "a"), Letter({"line": 1})])
    assert box.take() == [{"a": 2}, {"line": 1}, {"line": 1}]
    assert box.take() == []


def test_what_clears_leaves_nothing_of_before() -> None:
    box = Mailbox()
    box.put([Letter({"secret": 1}, "a"), Letter({"forget": True}, clears=True), Letter({"b": 1}, "b")])
    assert box.take() == [{"forget": True}, {"b": 1}]


def test_what_clears_leaves_an_answer_that_somebody_waits_for() -> None:
    box = Mailbox()
    box.put([answer_letter(1, {"kept": True}), Letter({"forget": True}, clears=True)])
    assert box.take() == [{"n": 1, "ok": True, "kept": True}, {"forget": True}]


def test_only_a_number_comes_back_with_an_answer() -> None:
    deep: list[object] = []
    for _ in range(5000):
        deep = [deep]
    for number in "\ud800", deep, None, 1.5:
        assert answer_letter(number, {}).message == {"n": None, "ok": True}
    assert answer_letter(7, {"ok": False}).message == {"n": 7, "ok": False}


def test_who_never_reads_costs_no_more_than_its_mailbox() -> None:
    box = Mailbox(most=3)
    for number in range(1000):
        box.put([Letter({"word": number}, "caption")])
    assert not box.full
    box.put([Letter({"line": number}) for number in range(4)])
    assert box.full
    assert box.take() == []
