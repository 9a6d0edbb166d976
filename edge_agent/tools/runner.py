"""Runs tools beside everything else: whatever one does, its output is short, and nothing waits for it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from time import monotonic

from ..vocabulary.commands import CancelTool, RunTool, SettleRing, ToolCommand
from ..vocabulary.events import Event, ToolReturned
from ..vocabulary.frozen import frozen
from ..vocabulary.text import harmless
from .arguments import parse
from .definition import ToolDefinition, ToolFailed
from .output import cut, failure
from .toolbox import Ending, LastRun, Toolbox

LONGEST_NAME = 64
CLOSE_S = 1.0

log = logging.getLogger("edge_agent")


@frozen
class ToolOutcome:
    """`output`: what the model is told. `why`: it failed, without words of people; empty: it did not."""

    output: str
    took_ms: int
    why: str


class ToolRunner:
    """`post` takes what comes of a run, `settle` that a ring is over. To be used on the event loop's thread."""

    def __init__(
        self, toolbox: Toolbox, post: Callable[[Event], None], settle: Callable[[SettleRing], None]
    ) -> None:
        self._toolbox, self._post, self._settle = toolbox, post, settle
        self._runs: dict[int, asyncio.Task[None]] = {}

    def send(self, command: ToolCommand) -> None:
        match command:
            case RunTool(number, name, arguments):
                task = asyncio.create_task(self._run(number, name, arguments), name=f"tool {name}")
                self._runs[number] = task
                task.add_done_callback(lambda _: self._runs.pop(number, None))
            case SettleRing():
                self._settle(command)
            case CancelTool(number):
                if task := self._runs.get(number):  # type: ignore[assignment]
                    task.cancel()

    async def call(self, name: str, arguments: str) -> ToolOutcome:
        """Run a tool, also a hidden one, and without a confirmation."""
        definition = self._toolbox.definitions.get(name)
        if definition is None:
            why = f"there is no tool {harmless(name, LONGEST_NAME)}"
            return ToolOutcome(failure(why), 0, why)
        began = monotonic()
        why = output = ""
        try:
            output = await definition.run(parse(arguments, definition))
        except asyncio.CancelledError:
            self._keep(definition, "cancelled", began)
            raise
        except ToolFailed as failed:
            why = harmless(str(failed))
            output = failed.told or failure(why)
        except Exception as error:  # a tool must not stop the device: it may be anybody's program
            log.exception("the tool %s has an error", name)
            why = f"the tool has an error ({type(error).__name__})"
            output = failure(why)
        took_ms = self._keep(definition, "failed" if why else "done", began, why)
        return ToolOutcome(cut(output, definition.output_chars), took_ms, why)

    async def close(self) -> None:
        """End all that runs."""
        tasks = list(self._runs.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=CLOSE_S)

    async def _run(self, number: int, name: str, arguments: str) -> None:
        outcome = await self.call(name, arguments)
        failed = bool(outcome.why)
        self._post(ToolReturned(number, outcome.output, failed, name, outcome.took_ms, outcome.why))

    def _keep(self, definition: ToolDefinition, ending: Ending, began: float, why: str = "") -> int:
        """How long it took, in ms."""
        took_ms = round((monotonic() - began) * 1000)
        self._toolbox.keep(definition.name, LastRun(ending, took_ms, why))
        return took_ms
