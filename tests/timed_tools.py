"""Tools that do nothing but take their time, in whatever time a test has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.tool_events import Tool


class TimedTools:
    """`specifications`: as a service is told of those that there are."""

    def __init__(self) -> None:
        self.specifications: list[dict[str, Any]] = []
        self._takes_s: dict[str, float] = {}
        self._runs: dict[int, float] = {}  # when each ends

    def list(self, tools: Sequence[tuple[Tool, float]]) -> e.ToolsListed:
        """There are these now, each with how many seconds it takes."""
        self.specifications = [
            {"type": "function", "name": tool.name, "parameters": {"type": "object"}} for tool, _ in tools
        ]
        self._takes_s |= {tool.name: takes_s for tool, takes_s in tools}
        return e.ToolsListed(tuple(tool for tool, _ in tools))

    def take(self, command: c.ToolCommand, now: float) -> None:
        match command:
            case c.RunTool(run, name):
                self._runs[run] = now + self._takes_s[name]
            case c.CancelTool(run):
                self._runs.pop(run, None)

    def returned(self, now: float) -> Sequence[e.ToolReturned]:
        """Those that have ended by now."""
        over = [run for run, ends_at in self._runs.items() if now >= ends_at]
        for run in over:
            del self._runs[run]
        return [e.ToolReturned(run, '{"ok": true}') for run in over]
