"""What both sides say, as whoever shows it sees it."""

from __future__ import annotations

import pytest

from edge_agent.telemetry.captions import MOST_CAPTIONS, Caption, Captions
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.sound import SERVICE_BYTES_PER_MS
from edge_agent.vocabulary.words import SpeechPace, end_of_word


def fed(*events: e.Event) -> Captions:
    captions = Captions()
    for event in events:
        captions.feed(event)
    return captions


def sound(ms: int, item_id: str = "i1") -> e.AudioDelta:
    return e.AudioDelta("r1", item_id, bytes(ms * SERVICE_BYTES_PER_MS))


def test_who_said_what_and_where_it_began() -> None:
    captions = fed(
        e.UplinkOpened(1, "button", 500),
        e.InputCommitted("u1"),
        sound(400),
        e.PlaybackStarted("i1", 1500),
        e.TranscriptDelta("r1", "i1", "Hello "),
        e.UplinkOpened(2, "button", 1800),  # the words of the first come after the second has begun
        e.UserTranscribed("u1", "Hi."),
        e.TranscriptDelta("r1", "i1", "there."),
        e.UserTranscribed("u2", "Bye."),
        e.TextEntered("And in writing."),
        e.TranscriptDelta("r2", "never played", "x"),
    )
    assert [(it.began_ms, it.who, it.text) for it in captions] == [
        (500, "user", "Hi."),
        (1500, "assistant", "Hello there."),
        (1800, "user", "Bye."),
        (None, "user", "And in writing."),
        (None, "assistant", "x"),
    ]


def test_words_come_piece_by_piece_until_they_are_final() -> None:
    captions = Captions()
    assert captions.feed(sound(100)) == []
    assert captions.feed(e.TranscriptDelta("r1", "i1", "Hel")) == [
        Caption("i1", "assistant", "Hel", response_id="r1", received_ms=100)
    ]
    (caption,) = captions.feed(e.TranscriptDelta("r1", "i1", "lo."))
    assert (caption.text, caption.final) == ("Hello.", False)
    captions.feed(e.TranscriptDelta("r2", "i2", "Something else."))
    (caption,) = captions.feed(e.ResponseDone("r1", "completed"))
    assert (caption.text, caption.final) == ("Hello.", True)
    (caption,) = captions.feed(e.UserTranscribed("u1", "Thanks."))
    assert caption.final


@pytest.mark.parametrize("end", [e.Disconnected(1, "gone"), e.LinkSwitched(2, "s", 0.0), e.ForgetRequested()])
def test_no_more_words_come_of_a_session_that_is_over(end: e.Event) -> None:
    captions = fed(e.UserTranscribed("u1", "Hi."), e.TranscriptDelta("r1", "i1", "Half of"))
    (caption,) = captions.feed(end)
    assert (caption.item_id, caption.final) == ("i1", True)
    assert captions.feed(end) == []


def test_an_answer_is_cut_where_it_was_cut() -> None:
    captions = fed(
        sound(2000),
        e.TranscriptDelta("r1", "i1", "One two three four."),
        e.AudioFinished("r1", "i1"),
    )
    (caption,) = captions.feed(e.PlaybackStopped((e.Heard("i1", 1000), e.Heard("unknown", 5)), 0))
    assert (caption.text, caption.heard) == ("One two three four.", "One two")
    assert captions.feed(e.PlaybackStopped((e.Heard("i1", 1500),), 0)) == []  # it was cut before
    (caption,) = captions.feed(e.TranscriptDelta("r1", "i1", " And five."))
    assert caption.heard == "One two"


def test_what_was_heard_to_its_end_is_not_cut() -> None:
    captions = fed(sound(2000), e.TranscriptDelta("r1", "i1", "One two."), e.AudioFinished("r1", "i1"))
    assert captions.feed(e.PlaybackStopped((e.Heard("i1", 2000),), 0)) == []
    (caption,) = captions
    assert caption.heard == "One two."


def test_words_that_run_ahead_of_their_sound_are_cut_at_the_pace_of_what_was_heard() -> None:
    learned: list[e.Event] = [
        sound(1000, "i0"),
        e.TranscriptDelta("r0", "i0", "0123456789"),
        e.AudioFinished("r0", "i0"),
    ]
    ahead: list[e.Event] = [sound(500), e.TranscriptDelta("r1", "i1", "One two three four five six.")]
    drained = e.PlaybackDrained((e.Heard("i0", 1000), e.Heard("i1", 500)), 0)
    captions = fed(*learned, *ahead, drained)
    (caption,) = captions.feed(e.PlaybackStopped((e.Heard("i1", 400),), 0))
    assert caption.heard == "One"  # 10 characters a second


def test_a_visit_is_forgotten_and_memory_is_bounded() -> None:
    captions = fed(*(e.UserTranscribed(f"u{number}", "Hi.") for number in range(3 * MOST_CAPTIONS)))
    assert len(list(captions)) == MOST_CAPTIONS
    captions.feed(e.ForgetRequested())
    assert list(captions) == []


# ---- words and milliseconds -------------------------------------------------
@pytest.mark.parametrize(
    ("near", "heard"),
    [
        (0, ""),
        (2, "One"),
        (4, "One"),
        (6, "One two"),
        (10, "One two"),
        (12, "One two three"),
        (99, "One two three"),
    ],
)
def test_the_nearest_end_of_a_word(near: int, heard: str) -> None:
    assert "One two three"[: end_of_word("One two three", near)] == heard


def test_a_language_that_does_not_separate_its_words() -> None:
    assert end_of_word("一二三四", 2) == 2


def test_how_much_was_heard() -> None:
    pace = SpeechPace()
    assert pace.heard_chars("One two", 500, 0, whole=True) == 0
    assert pace.heard_chars("", 500, 1000, whole=False) == 0
    assert pace.heard_chars("One two", 1000, 1000, whole=True) == 7
    pace.learn("", 1000)
    pace.learn("words", 0)
    assert pace == SpeechPace()


def test_words_that_come_with_times_and_an_answer_without_a_response() -> None:
    captions = Captions()
    for event in (
        e.UplinkOpened(1, "speech", 500),
        e.WordsTranscribed("s/utterance-1", "user", " How", 0, 200),
        e.WordsTranscribed("s/utterance-1", "user", " much?", 200, 600),
        e.AudioDelta("s/answer-1", "s/answer-1", bytes(48 * 1000)),
        e.WordsTranscribed("s/answer-1", "assistant", " Four", 0, 400),
        e.WordsTranscribed("s/answer-1", "assistant", " euros.", 400, 1000),
        e.PlaybackStarted("s/answer-1", 900),
    ):
        captions.feed(event)
    asked, answered = captions
    assert (asked.who, asked.text, asked.began_ms) == ("user", "How much?", 500)
    assert (answered.who, answered.text, answered.final) == ("assistant", "Four euros.", False)
    heard, whole = captions.feed(e.AudioFinished("s/answer-1", "s/answer-1"))
    assert (heard.text, heard.final) == ("How much?", True)
    assert (whole.final, whole.whole) == (True, True)
    assert captions.feed(e.PlaybackDrained((e.Heard("s/answer-1", 1000),), 2000)) == []


def test_what_the_user_says_over_an_answer_is_not_complete_when_that_ends() -> None:
    captions = Captions()
    for number in (1, 2):
        captions.feed(e.UplinkOpened(number, "speech", 1000 * number))
        captions.feed(e.WordsTranscribed(f"s/utterance-{number}", "user", "How", 0, 200))
        if number == 1:
            captions.feed(e.AudioDelta("s/answer-1", "s/answer-1", bytes(48 * 1000)))
            captions.feed(e.WordsTranscribed("s/answer-1", "assistant", "Four.", 0, 400))
            captions.feed(e.PlaybackStarted("s/answer-1", 1500))
    final = [caption.item_id for caption in captions if caption.final]
    assert final == ["s/utterance-1"]  # the next has begun
    captions.feed(e.PlaybackDrained((e.Heard("s/answer-1", 1000),), 2000))
    assert [caption.final for caption in captions] == [True, True, False]
    captions.forget_told()
    assert captions.feed(e.PlaybackDrained((e.Heard("s/answer-1", 1000),), 2000)) == []
    (said,) = captions.feed(e.WordsTranscribed("s/utterance-2", "user", " so?", 200, 400))
    assert (said.text, said.final) == ("How so?", False)
    (said,) = captions.feed(e.Disconnected(1, "gone"))
    assert said.final


def test_its_end_may_be_told_by_the_speaker_alone_and_a_cut_by_the_times() -> None:
    captions = Captions()
    for number in (1, 2):
        item_id = f"s/answer-{number}"
        captions.feed(e.AudioDelta(item_id, item_id, bytes(48 * 1000)))
        captions.feed(e.WordsTranscribed(item_id, "assistant", " Four", 0, 400))
        captions.feed(e.WordsTranscribed(item_id, "assistant", " euros.", 400, 1000))
    (drained,) = captions.feed(e.PlaybackDrained((e.Heard("s/answer-1", 1000),), 2000))
    assert drained.final
    (cut,) = captions.feed(e.PlaybackStopped((e.Heard("s/answer-2", 500),), 2500))
    assert cut.heard == "Four"
