"""All tools of the device, by name, and what came of each last."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from itertools import chain
from typing import Literal

from ..telemetry.status_shape import ToolsStatus
from ..vocabulary.frozen import frozen
from ..vocabulary.tool_events import Tool
from .definition import Json, ToolDefinition

Ending = Literal["done", "failed", "cancelled"]


@frozen
class LastRun:
    """`why`: of a failure, without words of people."""

    ending: Ending
    took_ms: int
    why: str = ""


class Toolbox:
    """`definitions`: of tools with names of their own; the first of a name counts."""

    def __init__(self, definitions: Iterable[ToolDefinition] = ()) -> None:
        self._own = tuple(definitions)
        self._others: dict[str, tuple[ToolDefinition, ...]] = {}
        self.definitions: dict[str, ToolDefinition] = {}
        self._gather()
        self.last: dict[str, LastRun] = {}
        self.ended: Counter[Ending] = Counter()
        self._newest = ""

    def put(self, origin: str, definitions: Iterable[ToolDefinition]) -> None:
        """These come from there now, instead of those before."""
        self._others[origin] = tuple(definitions)
        self._gather()

    def has(self, origin: str) -> bool:
        """Whether any are from there."""
        return bool(self._others.get(origin))

    def _gather(self) -> None:
        found: dict[str, ToolDefinition] = {}
        for definition in chain(self._own, *self._others.values()):
            found.setdefault(definition.name, definition)
        self.definitions = found

    def keep(self, name: str, run: LastRun) -> None:
        """What came of a run."""
        self.last[name], self._newest = run, name
        self.ended[run.ending] += 1

    def status(self, timers: int) -> ToolsStatus:
        """For `edge-agent status`; `timers`: how many are set."""
        last = {"name": self._newest} | asdict(self.last[self._newest]) if self._newest else None
        ended = {str(ending): count for ending, count in self.ended.items()}
        return {"offered": len(self.offered), "ended": ended, "timers": timers, "last": last}

    @property
    def offered(self) -> list[ToolDefinition]:
        """Those that a service may call."""
        return [definition for definition in self.definitions.values() if not definition.hidden]

    @property
    def listed(self) -> tuple[Tool, ...]:
        """For the turn machine."""
        return tuple(definition.tool for definition in self.offered)

    def specifications(self) -> list[Json]:
        """For a session."""
        return [definition.specification for definition in self.offered]

    def report(self) -> list[Json]:
        """All of them, for people."""
        return [self._told(definition) for definition in self.definitions.values()]

    def _told(self, definition: ToolDefinition) -> Json:
        tool, last = definition.tool, self.last.get(definition.name)
        marks = {"hidden": definition.hidden, "background": tool.background, "once": tool.once}
        told: Json = {
            "name": definition.name,
            "source": definition.source,
            "description": definition.description,
        }
        told |= {"deadline_s": tool.deadline_s, "confirm": "button" if tool.confirm else ""}
        return told | marks | ({"last": asdict(last)} if last else {})
