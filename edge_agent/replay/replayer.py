"""Feeds a record to the turn machine as it is now: does it decide the same?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ..conversation.deciding import Machine
from ..conversation.duplex.dialogue import DuplexCheckpoint
from ..conversation.machine import Checkpoint
from ..conversation.machines import restored
from ..vocabulary.frozen import frozen
from . import format_1
from .recorder import FORMAT
from .snapshot import Json, NotFrozen, freeze, thaw

# how much of what was said is told depends on words, which no record has
WORDY = frozenset({"RestoreMessage"})
# with a text that is put together from others, whose lengths no record has exactly
PUT_TOGETHER = frozenset({"Tell"})
# the formats that can be read, and what their records do not have
FORMATS: dict[int, frozenset[str]] = {1: frozenset({"TurnEnded"}), FORMAT: frozenset()}


class NotReplayable(Exception):
    """Why not, in a sentence."""


@frozen
class ReplayedEvent:
    """An event as it was, and as it is now."""

    number: int  # in its segment, from 1
    now: float  # s
    event: Json
    commands: list[Json]  # that it led to
    commands_now: list[Json]
    state: Json  # after it
    state_now: Json
    failure: str = ""  # it cannot be handled any more
    uncompared: frozenset[str] = WORDY  # commands

    def __str__(self) -> str:
        return f"event {self.number} ({name(self.event)} at {self.now:.3f})"

    @property
    def differences(self) -> Iterator[str]:
        if self.failure:
            yield f"{self}: commands were {shown(self.commands)}, now it fails: {self.failure}"
            return
        if self._compared(self.commands) != self._compared(self.commands_now):
            yield f"{self}: commands were {shown(self.commands)}, are now {shown(self.commands_now)}"
        if self.state != self.state_now:
            yield f"{self}: state was {shown(self.state)}, is now {shown(self.state_now)}"

    def _compared(self, commands: list[Json]) -> list[Json]:
        compared = [command for command in commands if name(command) not in self.uncompared]
        return [_of_any_length(command) if name(command) in PUT_TOGETHER else command for command in compared]


def _of_any_length(command: Json) -> Json:
    return {
        kind: {**told, "text": None} if isinstance(told, dict) else told for kind, told in command.items()
    }


def format_of(report: Json) -> int:
    """Of the record in a report that was read from JSON. Raises NotReplayable."""
    record = report.get("record") if isinstance(report, dict) else None
    if not isinstance(record, dict) or "format" not in record:
        raise NotReplayable("it holds no record of turns; give a file that 'edge-agent report' has written")
    number = record["format"]
    if type(number) is not int or number not in FORMATS:
        raise NotReplayable(
            f"it is a record of format {shown(number)}, by edge-agent {shown(record.get('version'))};"
            f" this edge-agent replays formats {', '.join(map(str, FORMATS))}"
        )
    return number


def segments(report: Json) -> list[Json]:
    """Of a report that was read from JSON. Raises NotReplayable."""
    format_of(report)
    record = report["record"]
    found = record.get("segments")
    if not isinstance(found, list) or not all(isinstance(segment, dict) for segment in found):
        raise NotReplayable("its record is damaged: segments is not a list of objects")
    if not found and (failure := record.get("failure")):
        raise NotReplayable(f"nothing could be recorded: {shown(failure)}")
    return found


def turns(segment: Json) -> list[int]:
    """Those of which something is in a segment."""
    told = segment.get("turns")
    return [turn for turn in told if isinstance(turn, int)] if isinstance(told, list) else []


def replay(segment: dict[str, Any], number: int = FORMAT) -> Iterator[ReplayedEvent]:
    """Every event of a segment in a record of format `number`, until one cannot be handled. Raises NotReplayable."""
    conversation, state = _begin(segment.get("checkpoint"), number)
    uncompared = WORDY | FORMATS[number]
    entries = segment.get("entries")
    if not isinstance(entries, list):
        raise NotReplayable("its record is damaged: the entries of a segment are not a list")
    for place, entry in enumerate(entries, 1):
        match entry:
            case {"now": int() | float() as now, "event": dict(event)}:
                state = entry.get("state", state)
                step = _step(conversation, place, now, event, entry.get("commands", []), state)
                step = replace(step, uncompared=uncompared)
            case _:
                raise NotReplayable(f"its record is damaged: entry {place} has no event with a time")
        yield step
        if step.failure:
            return


def _begin(frozen: Json, number: int) -> tuple[Machine, Json]:
    try:
        checkpoint = thaw(format_1.upgrade(frozen) if number == 1 else frozen)
        if isinstance(checkpoint, Checkpoint | DuplexCheckpoint):
            conversation = restored(checkpoint)
            return conversation, freeze(conversation.state)
    except (NotFrozen, AttributeError, KeyError, TypeError) as why:
        raise NotReplayable(f"its record is damaged, or of another turn machine: {why}") from None
    raise NotReplayable("its record is damaged: a segment begins with no conversation")


def _step(
    conversation: Machine, number: int, now: float, event: Json, commands: Json, state: Json
) -> ReplayedEvent:
    if not isinstance(commands, list):
        raise NotReplayable(f"its record is damaged: the commands of entry {number} are not a list")
    try:
        commands, state = [_renewed(command) for command in commands], _renewed(state)
        decided = [freeze(command) for command in conversation.handle(thaw(event), now)]
        return ReplayedEvent(number, now, event, commands, decided, state, freeze(conversation.state))
    except NotFrozen as why:
        raise NotReplayable(f"its record is damaged, or of another vocabulary: {why}") from None
    except Exception as error:  # what the machine does not survive is what a replay is there to show
        return ReplayedEvent(
            number, now, event, commands, [], state, state, f"{type(error).__name__}: {error}"
        )


def _renewed(frozen: Json) -> Json:
    """As it would be recorded today: with the attributes that its class was given since."""
    return freeze(thaw(frozen))


def name(frozen: Json) -> str:
    """Of an event or a command."""
    return next(iter(frozen), "nothing") if isinstance(frozen, dict) else repr(frozen)


def shown(frozen: Json) -> str:
    """For people, in a line."""
    match frozen:
        case list():
            return f"[{', '.join(map(shown, frozen))}]"
        case {"sound": size}:
            return f"<{size} bytes>"
        case {"words": length}:
            return f"<up to {length} characters>"
        case {"tuple": items}:
            return shown(items)
        case dict() if len(frozen) == 1:
            [(kind, value)] = frozen.items()
            if not isinstance(value, dict):
                return str(value)
            return f"{kind}({', '.join(f'{key}={shown(item)}' for key, item in value.items())})"
    return str(frozen)
