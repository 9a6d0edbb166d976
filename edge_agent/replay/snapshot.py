"""The turn machine and its vocabulary as plain JSON, and back: without any sound, and without any word.

Everything in it is a dataclass, and its fields are what is written: docs/record-format.md. Sound is kept as its
length in bytes, words as roughly their length in characters: an answer comes word by word, and the exact lengths of
its words would tell much of it. What is thawed is of the classes below and of no other, so that a file from anywhere
can only be data. A field that a class was given since takes its default, and one that it has lost is passed over:
records outlive the code.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Collection
from dataclasses import MISSING, fields
from enum import Enum
from functools import lru_cache
from math import isfinite
from typing import Any, get_args

from ..config.model import Limits, TurnTaking
from ..conversation.answer import Answer, Spoken
from ..conversation.calls import Calls, ToolCall, ToolRun
from ..conversation.commits import Commits
from ..conversation.duplex.bursts import Bursts
from ..conversation.duplex.dialogue import Dialogue, DuplexCheckpoint
from ..conversation.duplex.kept_sound import KeptSound
from ..conversation.exchange import Exchange
from ..conversation.machine import Checkpoint
from ..conversation.nearest import Nearest
from ..conversation.presence import Presence
from ..conversation.question import Question, QuestionPart
from ..conversation.responses import Responses
from ..conversation.retries import Retries
from ..conversation.settings import TurnSettings
from ..conversation.transcript import Said, Transcript
from ..conversation.turn_keeper import TurnKeeper
from ..conversation.user_reply import UserReply
from ..conversation.utterance import Utterance
from ..vocabulary import commands as c
from ..vocabulary import events as e
from ..vocabulary.notices import CallYielded, TurnEnded
from ..vocabulary.state import State, Turn
from ..vocabulary.tool_events import Tool
from ..vocabulary.words import SpeechPace, TimedWord, WordTimes

MACHINE: tuple[type, ...] = (
    *(
        Checkpoint,
        TurnKeeper,
        TurnSettings,
        TurnTaking,
        Limits,
        State,
        Turn,
        c.Cue,
        Utterance,
        Exchange,
        Presence,
    ),
    *(
        Question,
        QuestionPart,
        Commits,
        Responses,
        Retries,
        Answer,
        Spoken,
        Transcript,
        Said,
        SpeechPace,
        WordTimes,
        TimedWord,
    ),
    *(Calls, ToolCall, ToolRun, Tool),
    Nearest,
    *(DuplexCheckpoint, Dialogue, Bursts, KeptSound, UserReply),
)
VOCABULARY: tuple[type, ...] = (
    *get_args(e.Event),
    *get_args(c.Command),
    *(TurnEnded, CallYielded, e.Claim, e.Heard, e.FunctionCall, e.Usage),
)
CLASSES: dict[str, type] = {cls.__name__: cls for cls in (*MACHINE, *VOCABULARY)}
# fields that hold them
WORDS = frozenset(
    {
        "text",
        "texts",
        "transcript",
        "message",
        "arguments",
        "output",
        "outputs",
        "news",
        "missed",
        "specifications",
        "service_notes",
    }
)
# whose reason is a sentence and no code, by whoever: it may quote anything
SENTENCES = frozenset({e.AudioLost, e.Disconnected})
ROUGHLY = 64  # characters: lengths of words are multiples of it
MOST_LENGTH = 2**26  # of all sounds and texts that are thawed together
_SEQUENCES: dict[str, type[Any]] = {"tuple": tuple, "set": set, "frozenset": frozenset}
_MAPPINGS: dict[str, type[Any]] = {"dict": dict, "OrderedDict": OrderedDict}
_PLAIN = frozenset({int, bool, type(None)})
_ENUMS = frozenset(cls for cls in CLASSES.values() if issubclass(cls, Enum))


_FIELDS = {cls: tuple(item.name for item in fields(cls)) for cls in CLASSES.values() if cls not in _ENUMS}
_HIDDEN = {cls: WORDS | {"reason"} if cls in SENTENCES else WORDS for cls in _FIELDS}

Json = Any


class NotFrozen(Exception):
    """What was to be thawed was not made by `freeze`; a sentence."""


def freeze(thing: Any) -> Json:
    """As JSON. Raises TypeError for what is not of `CLASSES`.

    An object has one key, its class, and in it its fields; `{"same": n}` is the n-th object or container
    that has begun before it.
    """
    return _Freezer().freeze(thing)


def thaw(frozen: Json) -> Any:
    """What `freeze` was given, with silence for sound and x for each character. Raises NotFrozen."""
    try:
        return _Thawer().thaw(frozen)
    except RecursionError:
        raise NotFrozen("it is nested too deeply") from None


class _Freezer:
    def __init__(self) -> None:
        self._numbers: dict[int, int] = {}

    def freeze(self, thing: Any, hidden: bool = False) -> Json:
        kind = type(thing)
        if kind is str:
            return {"words": -(-len(thing) // ROUGHLY) * ROUGHLY} if hidden else thing
        if kind in _PLAIN:
            return thing
        if kind is bytes:
            return {"sound": len(thing)}
        if kind is float:
            return thing if isfinite(thing) else {"float": str(thing)}
        if kind is tuple:
            return {"tuple": [self.freeze(item, hidden) for item in thing]}
        if kind is frozenset or kind is set:
            return {kind.__name__: sorted((self.freeze(item, hidden) for item in thing), key=str)}
        if kind in _ENUMS:
            return {kind.__name__: thing.name}
        begun = len(self._numbers)
        number = self._numbers.setdefault(id(thing), begun)
        return {"same": number} if number != begun else self._freeze(thing, kind, hidden)

    def _freeze(self, thing: Any, kind: type, hidden: bool) -> Json:
        if kind in _FIELDS:
            words = _HIDDEN[kind]
            return {
                kind.__name__: {
                    name: self.freeze(getattr(thing, name), name in words) for name in _FIELDS[kind]
                }
            }
        if kind is list:
            return [self.freeze(item, hidden) for item in thing]
        if kind is deque:
            return {"deque": [thing.maxlen, *(self.freeze(item, hidden) for item in thing)]}
        if kind in (dict, OrderedDict):
            # what a part keeps is named like a field
            pairs = [
                [self.freeze(key), self.freeze(value, hidden or key in WORDS)] for key, value in thing.items()
            ]
            return {kind.__name__: pairs}
        if isinstance(thing, bytearray | memoryview):
            return {"sound": len(thing)}
        for plain in (str, float, int):
            if isinstance(thing, plain):
                return self.freeze(plain(thing), hidden)  # numpy's, for one
        raise TypeError(f"{kind.__module__}.{kind.__qualname__} is not in snapshot.CLASSES")


class _Thawer:
    def __init__(self) -> None:
        self._begun: list[Any] = []
        self._room = MOST_LENGTH

    def thaw(self, node: Json) -> Any:
        if isinstance(node, list):
            items: list[Any] = self._begin([])
            items.extend(self.thaw(item) for item in node)
            return items
        if not isinstance(node, dict):
            return node
        if len(node) != 1:
            raise NotFrozen(f"an object has one key, not {len(node)}")
        [(kind, value)] = node.items()
        try:
            return self._thaw(kind, value)
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            raise NotFrozen(f"{kind!r}: {error}") from None

    def _thaw(self, kind: str, value: Json) -> Any:
        match kind:
            case "words":
                return "x" * self._length(value)
            case "sound":
                return _silence(self._length(value))
            case "float":
                return float(value)
            case "same":
                return self._begun[value]
            case "deque":
                queue: deque[Any] = self._begin(deque(maxlen=value[0]))
                queue.extend(self.thaw(item) for item in value[1:])
                return queue
        if kind in _SEQUENCES:
            return _SEQUENCES[kind](self.thaw(item) for item in value)
        if kind in _MAPPINGS:
            mapping = self._begin(_MAPPINGS[kind]())
            for key, item in value:
                mapping[self.thaw(key)] = self.thaw(item)
            return mapping
        if kind not in CLASSES:
            raise NotFrozen(f"{kind!r} is unknown to the turn machine")
        cls = CLASSES[kind]
        return cls[value] if issubclass(cls, Enum) else self._thaw_object(cls, value)

    def _thaw_object(self, cls: Any, given: Json) -> Any:
        thing = self._begin(object.__new__(cls))
        known = {name: self.thaw(given[name]) for name in given if name in _FIELDS[cls]}
        for name, value in (_defaults(cls, known.keys()) | known).items():
            object.__setattr__(thing, name, value)  # frozen ones too
        return thing

    def _begin(self, thing: Any) -> Any:
        self._begun.append(thing)
        return thing

    def _length(self, value: Json) -> int:
        if type(value) is int and 0 <= value <= self._room:
            self._room -= value
            return value
        raise ValueError(f"{value!r} is not a length, or too much")


def _defaults(cls: Any, given: Collection[str]) -> dict[str, Any]:
    """The fields that a record does not have, at their defaults."""
    missing = [item for item in fields(cls) if item.name not in given]
    if bare := [item.name for item in missing if item.default is MISSING and item.default_factory is MISSING]:
        raise NotFrozen(f"{cls.__name__} lacks {', '.join(bare)}")
    return {
        item.name: item.default if item.default_factory is MISSING else item.default_factory()
        for item in missing
    }


@lru_cache(maxsize=64)
def _silence(size: int) -> bytes:
    return bytes(size)
