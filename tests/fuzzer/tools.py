"""The tools of a history: quick ones, slow ones, ones that fail or never end."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.tool_events import Tool

from .clock import Clock

TOOLS = (
    Tool("look_up"),
    Tool("brew", background=True, deadline_s=3.0),
    Tool("order", once=True),
    Tool("open", confirm=True),
)
NAMES = (*(tool.name for tool in TOOLS), "look_up", "look_up", "unheard_of")
NEVER = -1
TAKES_MS = (0, 0, 5, 50, 400, 2500, 9990, 25_000, NEVER)


class Tools:
    """`post` takes what they return."""

    def __init__(self, clock: Clock, random: Random, post: Callable[[e.Event], None]) -> None:
        self._clock, self._random, self._post = clock, random, post
        self.running: set[int] = set()

    def take(self, command: c.ToolCommand) -> None:
        match command:
            case c.RunTool(run):
                self.running.add(run)
                takes_ms = self._random.choice(TAKES_MS)
                if takes_ms != NEVER:
                    self._clock.after(takes_ms, self._end, run)
            case c.CancelTool(run):
                self.running.discard(run)

    def _end(self, run: int) -> None:
        crossed = self._random.random() < 0.2  # it ends while it is being cancelled
        if run in self.running or crossed:
            self.running.discard(run)
            self._post(e.ToolReturned(run, f"result {run}", failed=self._random.random() < 0.2))
