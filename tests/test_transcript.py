from __future__ import annotations

from edge_agent.transcript import MOST_ITEMS, Said, Transcript


def test_words_come_in_pieces_and_in_the_order_of_their_items() -> None:
    transcript = Transcript()
    transcript.begin("u1", "user")
    transcript.add("a1", "assistant", "Hello ")
    transcript.add("a1", "assistant", "there.")
    transcript.add("u1", "user", "Hi.")
    assert list(transcript) == [Said("user", "Hi."), Said("assistant", "Hello there.")]


def test_what_was_cut_stays_cut() -> None:
    transcript = Transcript()
    transcript.add("a1", "assistant", "one two three four")
    transcript.cut("a1", 500, 1000, whole=True)
    transcript.add("a1", "assistant", " five")
    transcript.cut("unknown", 500, 1000, whole=True)
    assert list(transcript) == [Said("assistant", "one two", cut=True)]


def test_it_is_bounded_and_can_be_forgotten() -> None:
    transcript = Transcript()
    for number in range(MOST_ITEMS + 3):
        transcript.add(f"u{number}", "user", str(number))
    assert [said.text for said in transcript][:1] == ["3"]
    transcript.forget()
    assert list(transcript) == []
