from __future__ import annotations

from edge_agent.conversation.answer import CutOff
from edge_agent.conversation.transcript import MOST_ITEMS, MOST_RESTORED, Said, Transcript
from edge_agent.vocabulary.text import LONGEST_ITEM
from edge_agent.vocabulary.words import MOST_TIMED_ITEMS, MOST_TIMED_WORDS


def test_words_come_in_pieces_and_in_the_order_of_their_items() -> None:
    transcript = Transcript()
    transcript.begin("u1", "user")
    transcript.add("a1", "assistant", "Hello ")
    transcript.sounds("a1")
    transcript.add("a1", "assistant", "there.")
    transcript.sounds("a1")
    transcript.add("u1", "user", "Hi.")
    assert list(transcript) == [Said("user", "Hi."), Said("assistant", "Hello there.", sounded=True)]


def test_what_was_cut_stays_cut() -> None:
    transcript = Transcript()
    transcript.add("a1", "assistant", "one two three four")
    transcript.sounds("a1")
    transcript.cut(CutOff("a1", 500, 1000, whole=True, known=True))
    transcript.add("a1", "assistant", " five")
    transcript.sounds("a1")
    transcript.cut(CutOff("unknown", 500, 1000, whole=True, known=True))
    assert list(transcript) == [Said("assistant", "one two", cut=True, sounded=True)]


def test_the_words_run_ahead_of_the_sound() -> None:
    transcript = Transcript()
    transcript.add("a1", "assistant", "one two three four")
    transcript.sounds("a1")
    transcript.cut(
        CutOff("a1", 400, 400, whole=False, known=True)
    )  # at 15 characters a second, until it is known better
    transcript.add("a2", "assistant", "x" * 10)
    transcript.sounds("a2")
    transcript.heard("a2", 1000)
    transcript.add("a3", "assistant", "one two three four")
    transcript.sounds("a3")
    transcript.cut(CutOff("a3", 400, 400, whole=False, known=True))
    transcript.add("a4", "assistant", "ひとつふたつみっつ")
    transcript.sounds("a4")
    transcript.cut(CutOff("a4", 500, 1000, whole=True, known=True))
    transcript.cut(CutOff("a4", 0, 0, whole=True, known=True))
    assert [said.text for said in transcript] == ["one two", "x" * 10, "one"]


def test_a_new_session_is_told_no_more_than_it_can_take() -> None:
    transcript = Transcript()
    for number in range(MOST_RESTORED[0] + 2):
        transcript.note("user", str(number))
    assert next(said.text for _, said in transcript.recent) == "2"
    transcript.note("assistant", "x" * (MOST_RESTORED[1] - 2))
    transcript.sounds(next(reversed(transcript.items)))
    assert [said.text[:2] for _, said in transcript.recent] == ["41", "xx"]


def test_what_comes_after_the_mark_can_be_taken_back() -> None:
    transcript = Transcript()
    transcript.note("user", "before")
    transcript.begin("u1", "user")
    transcript.mark()
    transcript.add("u1", "user", "late")
    transcript.add("a1", "assistant", "after")
    transcript.sounds("a1")
    transcript.rewind()
    assert [said.text for said in transcript] == ["before", "late"]


def test_it_is_bounded_and_can_be_forgotten() -> None:
    transcript = Transcript()
    for number in range(MOST_ITEMS + 3):
        transcript.add(f"u{number}", "user", str(number))
    assert [said.text for said in transcript][:1] == ["3"]
    transcript.forget()
    assert list(transcript) == []


def test_words_are_cut_where_they_had_been_spoken() -> None:
    def cut_at(heard_ms: int, *, timed: int = 4) -> str:
        transcript = Transcript()
        for number, word in enumerate(["Well,", "three", "or", "four"][:timed]):
            transcript.time("a1", word.rstrip(","), (number + 1) * 500)
        transcript.add("a1", "assistant", "Well, 3 or four; five.")
        transcript.sounds("a1")
        transcript.cut(CutOff("a1", heard_ms, 3000, whole=True, known=True))
        transcript.time("a1", "five", 2500)  # too late
        assert len(transcript.times.of("a1")) == timed
        return next((said.text for said in transcript), "")

    assert cut_at(499) == ""
    assert cut_at(500) == cut_at(999) == "Well,"
    assert cut_at(1400) == "Well,"  # of the word that is written otherwise nothing is known
    assert cut_at(1600) == "Well, 3 or"
    assert cut_at(2900) == "Well, 3 or four; five."  # after the last time that came, by pace
    assert cut_at(600, timed=1) == "Well,"
    assert cut_at(600, timed=0) == "Well,"


def test_an_answer_that_lost_its_link_is_cut_again_where_it_was_heard() -> None:
    transcript = Transcript()
    transcript.add("a1", "assistant", "a considerably longer word")
    transcript.sounds("a1")
    for end_ms, word in ((900, "a"), (1000, "considerably"), (1100, "longer"), (1200, "word")):
        transcript.time("a1", word, end_ms)
    transcript.cut(CutOff("a1", 1150, 1150, whole=False, known=False))
    assert [said.text for said in transcript] == ["a considerably longer"]
    transcript.cut(CutOff("a1", 950, 1150, whole=False, known=False))
    assert [said.text for said in transcript] == ["a"]


def test_times_of_words_are_kept_as_long_as_they_may_be_needed() -> None:
    transcript = Transcript()
    for number in range(MOST_TIMED_ITEMS + 1):
        transcript.time(f"a{number}", "word", 100)
    assert list(transcript.times.items) == [f"a{number + 1}" for number in range(MOST_TIMED_ITEMS)]
    for _ in range(MOST_TIMED_WORDS + 1):
        transcript.time("a1", "word", 100)
    assert len(transcript.times.take("a1")) == MOST_TIMED_WORDS
    transcript.heard("a2", 1000)
    assert "a2" not in transcript.times.items
    transcript.forget()
    assert transcript.times.items == {}


def test_an_item_does_not_grow_without_end() -> None:
    """Each session may add as much to it as one session may say."""
    transcript = Transcript()
    for _ in range(3):
        transcript.add("u1", "user", "word " * (LONGEST_ITEM // 5))
    assert [len(said.text) for said in transcript] == [LONGEST_ITEM]


def test_what_is_withheld_is_not_told_before_it_is_decided() -> None:
    transcript = Transcript()
    transcript.add("u1", "user", "How are you?")
    transcript.doubt()
    transcript.rewind()
    assert transcript.recent == []
    transcript.decide(heard=True)
    assert [item_id for item_id, _ in transcript.recent] == ["u1"]
    transcript.add("u2", "user", "And you?")
    transcript.doubt()
    transcript.rewind()
    transcript.mark()
    transcript.decide(heard=False)
    assert [item_id for item_id, _ in transcript.recent] == ["u1", "u2"]


def test_words_that_come_after_those_of_their_answer_are_put_before_them() -> None:
    transcript = Transcript()
    transcript.keep_place()  # of somebody who said nothing
    transcript.keep_place()
    transcript.add("a1", "assistant", "Hi.")
    transcript.sounds("a1")
    transcript.note("user", "Typed.")
    transcript.mark()
    transcript.add("u1", "user", "Hello")
    transcript.add("u1", "user", ".")
    transcript.add("u2", "user", "And now?")
    assert [said.text for said in transcript] == ["Hello.", "Hi.", "Typed.", "And now?"]
    transcript.rewind()
    assert [said.text for said in transcript] == ["Hello.", "Hi.", "Typed."]
