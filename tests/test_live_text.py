"""Long texts for GPT-Live, in pieces that it takes."""

from __future__ import annotations

import pytest

from edge_agent.vocabulary.live_text import LONGEST_PIECE, pieces, tokens

ENGLISH = "It was a dark night. The wind blew, and nobody slept! Who knows why?"
JAPANESE = "\u6771\u4eac\u306f\u6674\u308c\u3067\u3059\u3002\u660e\u65e5\u306f\u3001\u96e8\u3067\u3059\u3002"
HINDI = "\u0928\u092e\u0938\u094d\u0924\u0947\u0964 "


@pytest.mark.parametrize(
    ("text", "count"),
    [("", 0), ("a", 1), ("abcde", 2), ("\u3042\u3044", 2), ("ab\u3042", 2)],
)
def test_what_a_text_counts(text: str, count: int) -> None:
    assert tokens(text) == count


@pytest.mark.parametrize("text", ["", "Hello.", "x" * 4 * LONGEST_PIECE, "\u3042" * LONGEST_PIECE])
def test_a_short_one_is_one_piece(text: str) -> None:
    assert pieces(text) == [text]


@pytest.mark.parametrize("sentence", [ENGLISH + " ", JAPANESE, HINDI, "Hello, \u4e16\u754c! "])
@pytest.mark.parametrize("times", [20, 60, 200])
def test_a_long_one_is_parted_at_the_ends_of_sentences(sentence: str, times: int) -> None:
    text = sentence * times
    parts = pieces(text)
    assert "".join(parts) == text
    assert all(tokens(part) <= LONGEST_PIECE for part in parts)
    assert all(part.rstrip()[-1] in ".!?\u3002\u0964" for part in parts)
    assert len(parts) <= tokens(text) // (LONGEST_PIECE // 2) + 1


@pytest.mark.parametrize(
    ("unit", "ends"), [("word ", "d "), ("first, ", ",d"), ("\u6771\u4eac\u3001", "\u3001"), ("line\n", "\n")]
)
def test_without_sentences_at_the_next_best_place(unit: str, ends: str) -> None:
    parts = pieces(unit * 900)
    assert "".join(parts) == unit * 900
    assert all(part[-1] in ends for part in parts[:-1])


def test_without_any_place_anywhere() -> None:
    parts = pieces("\u3042" * 1000)
    assert [len(part) for part in parts] == [LONGEST_PIECE, LONGEST_PIECE, 1000 - 2 * LONGEST_PIECE]


def test_an_end_far_before_makes_no_short_piece() -> None:
    first, _ = pieces("Yes. " + "\u3042" * LONGEST_PIECE)
    assert tokens(first) == LONGEST_PIECE
