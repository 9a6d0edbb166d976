from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from edge_agent.vocabulary.text import LONGEST_MESSAGE, harmless, is_text


@given(st.text(st.characters()), st.integers(0, 600))
def test_what_others_wrote_is_one_line_of_text(text: str, most: int) -> None:
    shown = harmless(text, most)
    assert len(shown) == min(len(text), most)
    assert len(shown.splitlines()) <= 1
    assert is_text(shown)
    assert not any(ord(char) < 32 or 127 <= ord(char) < 160 for char in shown)
    assert harmless(shown, most) == shown


def test_a_message_is_cut() -> None:
    assert harmless("x" * 1000) == "x" * LONGEST_MESSAGE
