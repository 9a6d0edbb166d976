from __future__ import annotations

from edge_agent import commands as c
from edge_agent.question import Question

MS_100 = bytes(4800)


def test_each_piece_goes_out_once_a_connection() -> None:
    question = Question()
    question.add(MS_100)
    question.add(MS_100 * 2)
    assert question.ms == 300
    assert not question.begun
    assert [len(command.pcm) for command in question.unsent() if isinstance(command, c.AppendAudio)] == [
        4800,
        9600,
    ]
    assert question.begun
    assert list(question.unsent()) == []
    question.add(MS_100)
    assert list(question.unsent()) == [c.AppendAudio(MS_100)]
    question.rewind()
    assert len(list(question.unsent())) == 3


def test_text_is_a_question_too() -> None:
    question = Question("hello")
    assert question.complete
    assert not question.spoken
    assert list(question.unsent()) == [c.CreateUserText("hello")]
    assert list(question.unsent()) == []
    question.rewind()
    assert list(question.unsent()) == [c.CreateUserText("hello")]
