from __future__ import annotations

from edge_agent.conversation.question import Question
from edge_agent.vocabulary import commands as c

MS_100 = bytes(4800)
COMMIT = c.CommitInput()


def spoken(*sizes_ms: int) -> Question:
    """An utterance in pieces."""
    question = Question()
    question.begin()
    for size_ms in sizes_ms:
        question.add(bytes(48 * size_ms), size_ms)
    return question


def sent(question: Question, *, detects: bool = False) -> list[c.ServiceCommand]:
    return list(question.unsent(detects=detects))


def test_each_piece_goes_out_once_a_connection() -> None:
    question = spoken(100, 200)
    assert question.ms == 300
    assert sent(question) == [c.AppendAudio(MS_100), c.AppendAudio(MS_100 * 2)]
    assert sent(question) == []
    question.add(MS_100, 100)
    assert sent(question) == [c.AppendAudio(MS_100)]
    assert list(question.end()) == []
    assert sent(question) == [COMMIT]
    assert sent(question) == []
    question.rewind()
    assert [type(command) for command in sent(question)] == [c.AppendAudio] * 3 + [c.CommitInput]


def test_what_the_service_ends_where_nothing_was_said_is_not_a_question() -> None:
    question = Question()
    question.taken_in()
    assert question.empty
    assert sent(question) == []


def test_text_is_a_question_too() -> None:
    question = Question()
    question.write("hello")
    assert not question.spoken
    assert list(question.end(wanted=False)) == []
    for _ in range(2):
        assert sent(question) == [c.CreateUserText("hello")]
        assert sent(question) == []
        question.rewind()


def test_too_little_or_nothing_is_taken_back() -> None:
    question = spoken(99)
    assert list(question.end()) == []
    assert question.empty
    question = spoken(99)
    sent(question)
    assert list(question.end()) == [c.ClearInput()]
    question = spoken(500)
    sent(question)
    assert list(question.end(wanted=False)) == [c.ClearInput()]
    assert question.empty
    assert list(question.end()) == []
    assert list(question.take_back()) == []


def test_what_is_sent_as_a_whole_must_not_be_cut_up() -> None:
    off, on = c.DetectTurns(False), c.DetectTurns(True)
    question = spoken(100)
    list(question.end())
    assert sent(question, detects=True) == [off, c.AppendAudio(MS_100), COMMIT, on]
    question.rewind()
    question.begin()
    question.add(MS_100 * 2, 200)
    replay = [off, c.AppendAudio(MS_100), COMMIT, on]
    assert sent(question, detects=True) == [*replay, c.AppendAudio(MS_100 * 2)]  # this one goes on
    list(question.end())
    assert sent(question, detects=True) == [COMMIT]
    question = spoken(100, 200)
    assert sent(question, detects=True) == [off, c.AppendAudio(MS_100), c.AppendAudio(MS_100 * 2)]
    assert question.undetected
    assert list(question.take_back()) == [c.ClearInput(), on]
    assert not question.undetected


def test_a_minute_of_speech_is_kept_from_before() -> None:
    question = Question()
    for minutes in (0.5, 0.4, 0.2, 0.1):
        question.begin()
        question.add(bytes(int(48 * 60_000 * minutes)), int(60_000 * minutes))
        list(question.end())
    pieces = [len(command.pcm) // 48 for command in sent(question) if isinstance(command, c.AppendAudio)]
    assert pieces == [24_000, 12_000, 6_000]


def test_an_utterance_that_the_service_ended_without_sound_of_ours_is_not_sent_again() -> None:
    question = spoken(200)
    list(question.end())
    question.begin()
    question.taken_in()
    question.doubt()
    question.begin()
    question.taken_in()
    question.begin()
    question.rewind()
    question.add(MS_100, 100)
    assert [type(command) for command in sent(question)] == [c.AppendAudio, c.CommitInput, c.AppendAudio]
    assert question.doubtful == 1
