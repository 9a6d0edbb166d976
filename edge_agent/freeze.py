"""The turn machine as plain data, to be looked at elsewhere: without words and without sound. `thaw` is the way back.

Every JSON object has an "is": the kind of container, or the class with its fields. What may change is numbered in the
order in which it is met, so that what was shared is shared again. Pure.
"""

from __future__ import annotations

import re
from collections import OrderedDict, deque
from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from math import isfinite
from typing import Any

from . import (
    answer,
    commands,
    commits,
    conversation,
    events,
    exchange,
    presence,
    question,
    responses,
    retries,
    state,
    transcript,
    turns,
    utterance,
)

Frozen = Any  # what json.dumps takes

MODULES = (
    answer,
    commands,
    commits,
    conversation,
    events,
    exchange,
    presence,
    question,
    responses,
    retries,
    state,
    transcript,
    turns,
    utterance,
)
CLASSES: dict[str, type[Any]] = {
    f"{module.__name__.rpartition('.')[2]}.{name}": cls
    for module in MODULES
    for name, cls in vars(module).items()
    if isinstance(cls, type) and cls.__module__ == module.__name__
}
NAMES = {cls: name for name, cls in CLASSES.items()}
WORDS: dict[type[Any], str] = {  # the field that holds what somebody said or wrote
    events.TextEntered: "text",
    events.UserTranscribed: "transcript",
    events.TranscriptionFailed: "message",
    events.TranscriptDelta: "text",
    events.FunctionCall: "arguments",
    events.ResponseDone: "message",
    events.ServiceErred: "message",
    commands.CreateUserText: "text",
    commands.CreateFunctionOutput: "output",
    commands.RestoreMessage: "text",
    question.Part: "text",
    transcript.Said: "text",
}
LETTER = re.compile(r"\S")


def freeze(value: Any) -> Frozen:
    """Raises TypeError for what no turn machine is made of."""
    return _freeze(value, {})


def _freeze(value: Any, seen: dict[int, int]) -> Frozen:
    cls = type(value)
    if value is None or cls in (str, int, bool):
        return value
    if cls is float:
        return value if isfinite(value) else {"is": "float", "of": str(value)}
    if cls is bytes:
        return {"is": "bytes", "of": len(value)}
    if cls in (tuple, frozenset):
        return {"is": cls.__name__, "of": _items(value, seen)}
    if isinstance(value, Enum):
        return {"is": _name(cls), "of": value.name}
    if id(value) in seen:
        return {"is": "seen", "of": seen[id(value)]}
    seen[id(value)] = len(seen)
    if cls is list:
        return _items(value, seen)
    if cls in (dict, OrderedDict):
        return {"is": cls.__name__, "of": [_items(pair, seen) for pair in value.items()]}
    if cls is set:
        return {"is": "set", "of": _items(value, seen)}
    if cls is deque:
        return {"is": "deque", "of": _items(value, seen), "most": value.maxlen}
    return _instance(value, cls, seen)


def _items(values: Iterable[Any], seen: dict[int, int]) -> list[Frozen]:
    """In their order; those of a set, which have none, sorted."""
    ordered = sorted(values, key=repr) if isinstance(values, set | frozenset) else values
    return [_freeze(value, seen) for value in ordered]


def _instance(value: Any, cls: type[Any], seen: dict[int, int]) -> Frozen:
    frozen: dict[str, Frozen] = {"is": _name(cls)}
    hidden = WORDS.get(cls)
    for field in field_names(cls) if is_dataclass(cls) else vars(value):
        inner = getattr(value, field)
        frozen[field] = _hide(inner, value) if field == hidden and inner else _freeze(inner, seen)
    return frozen


def _hide(words: str, of: Any) -> str:
    """As many letters x; the gaps between the assistant's words stay, since an answer is cut off at one."""
    assistant = isinstance(of, events.TranscriptDelta) or getattr(of, "role", "") == "assistant"
    return LETTER.sub("x", words) if assistant else "x" * len(words)


def _name(cls: type[Any]) -> str:
    if cls not in NAMES:
        raise TypeError(f"{cls.__name__} is no part of the turn machine")
    return NAMES[cls]


@cache
def field_names(cls: type[Any]) -> tuple[str, ...]:
    """Of a dataclass."""
    return tuple(field.name for field in fields(cls))
