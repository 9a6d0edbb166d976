"""A record of the turn machine, gone through again: does it decide the same? Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .conversation import Conversation
from .freeze import Frozen, freeze
from .recorder import FORMAT, VERSION
from .thaw import Unthawable, thaw


class Unreadable(ValueError):
    """This is no record that can be replayed: why, in a sentence."""


@dataclass(frozen=True, slots=True)
class Step:
    """An event that was handled again. `at_s`: since the beginning of its segment; `difference`: in words, empty if
    there is none."""

    turn: int
    at_s: float
    event: str
    commands: str
    state: str
    difference: str


def read(text: str) -> dict[str, Any]:
    """A record, or the report that holds one. Raises Unreadable."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        complete = not text.lstrip().startswith("{")
        raise Unreadable("it is no record" if complete else "it is cut off, or no record") from None
    if isinstance(document, dict) and isinstance(document.get("record"), dict):
        document = document["record"]
    match document:
        case {"format": str(name), "version": version} if name == FORMAT:
            if version != VERSION:
                raise Unreadable(f"it is of format version {version!r:.20}; this edge-agent reads {VERSION}")
            if isinstance(document.get("segments"), list):
                return document
    raise Unreadable("it is no record")


def replay(record: dict[str, Any], turn: int | None = None) -> Iterator[Step]:
    """Each event of a record; with `turn`, of the segments with that turn. Raises Unreadable."""
    for segment in record["segments"]:
        match segment:
            case {
                "after": int(after),
                "turns": int(turns),
                "checkpoint": checkpoint,
                "entries": list(entries),
            }:
                if turn is None or after < turn <= turns:
                    yield from _segment(checkpoint, entries)
            case _:
                raise Unreadable("a segment of it is incomplete")


def _segment(checkpoint: Frozen, entries: list[Any]) -> Iterator[Step]:
    conversation = _thaw(checkpoint)
    if not isinstance(conversation, Conversation):
        raise Unreadable("a checkpoint of it is none")
    state, began = freeze(conversation.state), None
    for entry in entries:
        match entry:
            case [int() | float() as now, event, list(commands)]:
                pass
            case [int() | float() as now, event, list(commands), dict(state)]:
                pass
            case _:
                raise Unreadable("an entry of it is incomplete")
        began = now if began is None else began
        yield _step(conversation, _thaw(event), now, now - began, Outcome(commands, state))


@dataclass(frozen=True, slots=True)
class Outcome:
    commands: list[Frozen]
    state: Frozen


def _step(conversation: Conversation, event: Any, now: float, at_s: float, recorded: Outcome) -> Step:
    try:
        found = Outcome(
            [freeze(command) for command in conversation.handle(event, now)], freeze(conversation.state)
        )
        difference = _difference(recorded, found)
    except Exception as error:  # of the machine: that is what is looked for
        found, difference = recorded, f"{type(error).__name__}: {error}"
    return Step(
        conversation.turns,
        at_s,
        worded(freeze(event)),
        _list(found.commands),
        worded(found.state),
        difference,
    )


def _difference(recorded: Outcome, found: Outcome) -> str:
    parts = []
    if recorded.commands != found.commands:
        parts.append(f"commands were {_list(recorded.commands)}; now {_list(found.commands)}")
    if recorded.state != found.state:
        parts.append(f"the state was {worded(recorded.state)}; now {worded(found.state)}")
    return "; ".join(parts)


def _list(commands: list[Frozen]) -> str:
    return ", ".join(map(worded, commands)) or "none"


def worded(frozen: Frozen) -> str:
    """As in "AudioDelta(response_id=r1, item_id=i1, pcm=4800 bytes)"."""
    match frozen:
        case {"is": "bytes", "of": size}:
            return f"{size} bytes"
        case {"is": str(), "of": list(items)}:
            return ", ".join(map(worded, items))
        case {"is": str(), "of": of}:
            return str(of)
        case {"is": str(name), **fields}:
            inner = ", ".join(f"{field}={worded(value)}" for field, value in fields.items())
            return f"{name.rpartition('.')[2]}({inner})"
    return str(frozen)


def _thaw(frozen: Frozen) -> Any:
    try:
        return thaw(frozen)
    except Unthawable as error:
        raise Unreadable(f"it does not fit this version: {error}") from None
