"""Answers that call functions, as they are written on the command line. Pure.

It is call:get_time; That is all.      words, and a call in the same answer; then, to its output, other words
call:set_timer {"seconds": 3}; parrot  a call with arguments; then its output, repeated
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from ..vocabulary.frozen import frozen
from .answers import Answers, Asked, Call, ReplyPart

CALL = re.compile(r"call:(\w[\w.-]*)\s*")


@frozen
class ScriptStep:
    """One answer: what is said in it, and then called."""

    words: str
    calls: tuple[Call, ...]


def steps_of(script: str) -> list[ScriptStep]:
    """Raises ValueError, which says where the script is wrong."""
    return list(_steps(script))


def _steps(script: str) -> Iterator[ScriptStep]:
    words, calls, at = "", [], 0
    while at < len(script):
        if match := CALL.match(script, at):
            arguments, at = _arguments(script, match.end())
            calls.append(Call(match[1], arguments))
        elif script[at] == ";" and calls:
            yield ScriptStep(words.strip(), tuple(calls))
            words, calls, at = "", [], at + 1
        else:
            words, at = words + script[at], at + 1
    yield ScriptStep(words.strip(), tuple(calls))


def _arguments(script: str, at: int) -> tuple[str, int]:
    if not script.startswith("{", at):
        return "{}", at
    try:
        arguments, end = json.JSONDecoder().raw_decode(script, at)
    except ValueError as error:
        raise ValueError(f"the arguments of a call are not valid JSON: {error}") from None
    return json.dumps(arguments, ensure_ascii=False), end


class Calling:
    """Each question gets the first step, and the outputs of its calls the next; what nobody asked, the last. `voice`
    makes an answer of words."""

    def __init__(self, steps: Sequence[ScriptStep], voice: Callable[[str], Answers]) -> None:
        self._steps = steps
        self._voices = {step.words: voice(step.words) for step in steps if step.words}
        self._at = 0

    def answer(self, asked: Asked) -> Sequence[ReplyPart]:
        last = len(self._steps) - 1
        is_asked = bool(asked.text or asked.pcm)
        self._at = min(self._at + 1, last) if asked.outputs else 0 if is_asked else last
        step = self._steps[self._at]
        if asked.outputs:
            asked = replace(asked, text="; ".join(asked.outputs), pcm=b"")
        said = self._voices[step.words].answer(asked) if step.words else ()
        return [*said, *step.calls]
