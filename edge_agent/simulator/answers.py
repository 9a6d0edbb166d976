"""What the simulated service is asked and answers. What the answers are made of: `speech`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeAlias

from ..vocabulary.frozen import frozen
from ..vocabulary.sound import ServicePcm


@frozen
class Speech:
    """A message item: words and their sound; without sound, a text-only answer."""

    text: str
    pcm: ServicePcm = b""


@frozen
class Call:
    """A function call item."""

    name: str
    arguments: str = "{}"


ReplyPart: TypeAlias = Speech | Call


@frozen
class Asked:
    """What the user has said since the last answer."""

    text: str = ""  # typed, or the words of a recording that is known
    pcm: ServicePcm = b""
    outputs: tuple[str, ...] = ()  # of functions that were called for it


class Answers(Protocol):
    def answer(self, asked: Asked) -> Sequence[ReplyPart]: ...


class Script:
    """These answers, one after the other; the last one again and again."""

    def __init__(self, *answers: Sequence[ReplyPart]) -> None:
        self._answers = list(answers)

    def answer(self, asked: Asked) -> Sequence[ReplyPart]:  # noqa: ARG002
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
