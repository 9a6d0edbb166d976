"""The tables [[wake]]: words that call the device, and who answers to each. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any, Literal, TypeAlias, get_args

from ..vocabulary.frozen import frozen
from .suggest import did_you_mean
from .tables import read_tables

Sensitivity: TypeAlias = Literal["low", "medium", "high"]
WakeUse: TypeAlias = Literal["call", "stop"]

BUNDLED = ("hey_jarvis", "okay_nabu", "hey_mycroft", "alexa")  # in the package pymicro-wakeword
SUFFIX = ".json"  # of a microWakeWord model's description; its .tflite lies beside it
MOST_WORDS = 4  # each takes its share of the processor, all the time
PERSONA = "instructions", "voice", "language"
CHOICES: dict[str, tuple[str, ...]] = {"sensitivity": get_args(Sensitivity), "does": get_args(WakeUse)}
EXAMPLE = """
# Words that call the device, for mode "wake-word", or beside the button. docs/wake-word.md has all keys.
# [[wake]]
# word = "hey_jarvis"
# sensitivity = "medium"
# instructions = "You are Jarvis, a butler of few words."
# voice = "ash"
"""


@frozen
class WakeWord:
    """`word`: a model of the package, or the path of a microWakeWord JSON file. `does`: call the device, or only stop
    what it says. `instructions`, `voice`, `language`: instead of those of [assistant]; empty: these."""

    word: str = BUNDLED[0]
    sensitivity: Sensitivity = "medium"
    does: WakeUse = "call"
    instructions: str = ""
    voice: str = ""
    language: str = ""

    @property
    def name(self) -> str:
        """As it is shown, counted and logged."""
        return re.sub(r"\W+", "_", self.word.rsplit("/", 1)[-1].removesuffix(SUFFIX)) or "word"

    @property
    def has_persona(self) -> bool:
        """Whether somebody else answers to it than [assistant]."""
        return any(getattr(self, key) for key in PERSONA)


WAKE_DEFAULTS: dict[str, str] = {item.name: getattr(WakeWord(), item.name) for item in fields(WakeWord)}


def parse_words(tables: Any) -> tuple[tuple[WakeWord, ...], list[tuple[str, str]]]:
    """The words, and what is wrong: (which, what) each, all of it."""
    names: set[str] = set()

    def read(number: int, table: Mapping[str, Any]) -> tuple[str, WakeWord | None, list[str]]:
        found = list(_complaints(table))
        word = None if found else WakeWord(**table)
        if word and word.name in names:
            found.append("another [[wake]] has this word; give each its own")
        names.update({word.name} if word else ())
        return f"number {number}", word, found

    return read_tables("wake", "word", MOST_WORDS, tables, read)


def _complaints(table: Mapping[str, Any]) -> Iterator[str]:
    for key, value in table.items():
        if key not in WAKE_DEFAULTS:
            yield f"{key!r} is not a key of a wake word{did_you_mean(key, WAKE_DEFAULTS)}"
        elif not isinstance(value, str):
            yield f"{key} must be text in quotes"
        elif key in CHOICES and value not in CHOICES[key]:
            yield f"{key} must be one of {', '.join(map(repr, CHOICES[key]))}"
    word = table.get("word")
    if "word" not in table:
        yield f"word must be set: {', '.join(BUNDLED)}, or the path of a microWakeWord JSON file"
    elif isinstance(word, str) and word not in BUNDLED and not word.endswith(SUFFIX):
        known = did_you_mean(word, BUNDLED)
        yield (
            f"word: {word!r} must be one of {', '.join(BUNDLED)}, or the path of a microWakeWord JSON file{known}"
        )
    if table.get("does") == "stop" and any(map(table.get, PERSONA)):
        yield "a word that only stops has nobody who answers: remove instructions, voice and language"
