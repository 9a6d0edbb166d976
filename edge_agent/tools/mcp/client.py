"""The daemon's side: starts the process that speaks with MCP servers, and puts their tools into the toolbox."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from importlib.util import find_spec
from itertools import count
from time import monotonic

from ...config.mcp_servers import McpServer
from ...config.own_tools import BACKGROUND_S
from ...config.packages import to_install
from ...host.surface import Find
from ...telemetry.status import Finding
from ..definition import Arguments, ToolFailed
from ..toolbox import Toolbox
from .messages import AskMcp, CallMcp, CancelMcp, McpDown, McpListed, McpReturned, ServeMcp, of_line
from .offer import Names, definitions, missing, not_offered
from .process import McpProcess

ALIVE_S = 5.0  # for the process to say anything, once it has not answered
LASTED_S, LONGEST_WAIT_S = 60.0, 300.0
CORRECT = "correct its table [[mcp]] ('edge-agent tools' lists what there is)"
RETRIED = "check it; it is tried again, at least every 5 min"

log = logging.getLogger("edge_agent")


class McpClient:
    """`changed` is called when tools come or go, `find` takes what is wrong with a server.
    `alive_s`: how long the process may say nothing, once it is asked."""

    def __init__(
        self,
        servers: Iterable[McpServer],
        toolbox: Toolbox,
        changed: Callable[[], None],
        find: Find = lambda *_: None,
        *,
        alive_s: float = ALIVE_S,
    ) -> None:
        self._servers = {server.name: server for server in servers}
        self._toolbox, self._changed, self._find = toolbox, changed, find
        self._alive_s = alive_s
        self._names = Names(toolbox.definitions)
        self._numbers = count(1)
        self._waiting: dict[int, asyncio.Future[McpReturned]] = {}
        self._process: McpProcess | None = None
        self._doubt: asyncio.TimerHandle | None = None  # whether it is alive

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    async def run(self) -> None:
        """Until cancelled; nothing of it is left behind."""
        if not self._servers:
            return
        if not find_spec("mcp"):
            what = "the tools of MCP servers need the package mcp"
            self._find("mcp", Finding("mcp-missing", what, to_install("mcp")))
            return
        failures = 0
        try:
            while True:
                began = monotonic()
                why = await self._serve()
                self._lose(f"the process that speaks with it {why}")
                failures = 0 if monotonic() - began >= LASTED_S else failures + 1
                await asyncio.sleep(min(LONGEST_WAIT_S, 0.5 * 2.0**failures))
        finally:
            for name in self._servers:
                self._find(f"mcp {name}", None)

    async def _serve(self) -> str:
        """Until the process ends; why it has."""
        process = McpProcess()
        wrong = ""
        try:
            await process.start()
            self._process = process
            process.send(ServeMcp(tuple(self._servers.values())))
            async for line in process.lines():
                self._believe()
                self._take(line)
        except OSError as error:
            wrong = f"cannot be started ({error.strerror})"
        except ValueError as error:
            wrong = f"says something wrong ({error})"
        finally:
            self._believe()
            self._process = None
            how = await process.end()
        return wrong or how

    def _take(self, line: bytes) -> None:
        match of_line(line):
            case McpListed() as listed:
                self._list(listed)
            case McpDown(name, why):
                self._lose_server(self._servers[name], why)
            case McpReturned(number) as returned:
                waiting = self._waiting.get(number)
                if waiting and not waiting.done():  # it may be given up, and not know it yet
                    waiting.set_result(returned)

    # ---- which tools there are ------------------------------------------
    def _list(self, listed: McpListed) -> None:
        server = self._servers[listed.server]
        tools = definitions(server, listed.tools, self._names, self.call)
        self._toolbox.put(server.name, tools)
        others = not_offered(server, listed.tools)
        also = f"; not offered: {', '.join(others)}" if others else ""
        log.info("MCP server %s: %d tools%s", server.name, len(tools), also)
        wrong = [*(f"it has no tool {name}" for name in missing(server, listed.tools)), *listed.left_out]
        what = f"the MCP server {server.name}: {'; '.join(wrong)}"
        self._find(f"mcp {server.name}", Finding("mcp-tools", what, CORRECT) if wrong else None)
        self._changed()

    def _lose_server(self, server: McpServer, why: str) -> None:
        what = f"the tools of the MCP server {server.name} are not there: {why}"
        self._find(f"mcp {server.name}", Finding("mcp-server", what, RETRIED))
        if self._toolbox.has(server.name):
            self._toolbox.put(server.name, [])
            self._changed()

    def _lose(self, why: str) -> None:
        for server in self._servers.values():
            self._lose_server(server, why)
        for number, waiting in self._waiting.items():
            if not waiting.done():
                waiting.set_result(McpReturned(number, "", why))

    # ---- calls ----------------------------------------------------------
    async def call(self, server: McpServer, tool: str, arguments: Arguments) -> str:
        """Raises ToolFailed."""
        process = self._process
        if process is None:
            raise ToolFailed(f"the MCP server {server.name} is not there now")
        number = next(self._numbers)
        waiting: asyncio.Future[McpReturned] = asyncio.get_running_loop().create_future()
        self._waiting[number] = waiting
        process.send(CallMcp(number, server.name, tool, dict(arguments)))
        try:
            async with asyncio.timeout(
                BACKGROUND_S if server.marks("background", tool) else server.timeout_s
            ):
                returned = await waiting
        except TimeoutError:
            what = f"the MCP server {server.name} did not answer within {server.timeout_s:g} s"
            raise ToolFailed(what) from None
        finally:
            del self._waiting[number]
            if not waiting.done() or waiting.cancelled():
                process.send(CancelMcp(number))
                self._ask(process)
        if returned.failed:
            raise ToolFailed(returned.failed, told=returned.output)
        return returned.output

    def _ask(self, process: McpProcess) -> None:
        """Whether it is still alive, or held up."""
        if self._doubt is None:
            process.send(AskMcp())
            self._doubt = asyncio.get_running_loop().call_later(self._alive_s, process.kill)

    def _believe(self) -> None:
        if self._doubt:
            self._doubt.cancel()
            self._doubt = None
