"""Keeps the connection with one MCP server: lists its tools, calls them, and connects again when it is lost."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from random import random
from time import monotonic
from typing import Any

import anyio
import httpx2
from mcp import Client, MCPError
from mcp.types import Implementation

from ... import __version__
from ...config.mcp_servers import McpServer
from ...vocabulary.text import harmless
from ..definition import ToolFailed
from ..output import cut, failure
from ..own import schema
from .acceptance import MOST_TOOLS, accepted, result_text
from .messages import CallMcp, FromProcess, McpDown, McpListed, McpReturned
from .transports import transport
from .watch import Watch

START_S = 30.0  # until its tools are listed; the first start of a program may load a lot
LIST_S = 10.0
LOOK_S = 60.0  # how often to list its tools, which tells too whether it is still there
PAUSE_S = 1.0  # between two lists, however often they change
MOST_PAGES = 20
LASTED_S, LONGEST_WAIT_S = 60.0, 300.0


class ServerKeeper:
    """`tell` takes what is known of it. `start_s`: until its tools are listed. All of it in anyio's
    tasks."""

    def __init__(
        self, server: McpServer, tell: Callable[[FromProcess], None], *, start_s: float = START_S
    ) -> None:
        self._server, self._tell, self._start_s = server, tell, start_s
        self._client: Client | None = None
        self._listed: McpListed | None = None
        self._checks: dict[str, schema.SchemaCheck] = {}  # of tools whose arguments are checked here
        self._wake, self._over = anyio.Event(), anyio.Event()
        self._watch = Watch(self._end)

    async def keep(self) -> None:
        """Until cancelled."""
        failures = 0
        while True:
            began = monotonic()
            why = await self._connect()
            self._client = self._listed = None
            self._tell(McpDown(self._server.name, harmless(why)))
            failures = 0 if monotonic() - began >= LASTED_S else failures + 1
            await anyio.sleep(min(LONGEST_WAIT_S, 0.5 * 2.0**failures) * (0.5 + random() / 2))

    async def _connect(self) -> str:
        """Until the connection is over; why it is."""
        self._over = anyio.Event()
        watch = self._watch = Watch(self._end)
        us = Implementation(name="edge-agent", version=__version__)
        why = ""
        try:
            with anyio.move_on_after(self._start_s) as starting:
                client = Client(
                    transport(self._server, watch), cache=None, message_handler=self._hear, client_info=us
                )
                async with client, anyio.create_task_group() as tasks:
                    await self._list(client)
                    starting.deadline = math.inf
                    self._client = client
                    tasks.start_soon(self._subscribe, client)
                    while not self._over.is_set():
                        await self._pause()
                        if not self._over.is_set():
                            with anyio.fail_after(LIST_S):
                                await self._list(client)
                    tasks.cancel_scope.cancel()
        except Exception as error:  # of the server, of the SDK, of its libraries
            why = reason(error)
        return watch.why or why or f"it did not answer within {self._start_s:g} s"

    async def _pause(self) -> None:
        """Until its tools may be others, or are gone."""
        with anyio.move_on_after(PAUSE_S):
            await self._over.wait()
        with anyio.move_on_after(LOOK_S):
            await self._wake.wait()
        self._wake = anyio.Event()

    async def _subscribe(self, client: Client) -> None:
        """From 2026-07-28 on a server tells only who asks whether its tools are others; before, it tells everybody."""
        with suppress(Exception):  # it is looked at now and then anyway
            async with client.listen(tools_list_changed=True) as changes:
                async for _ in changes:
                    self._wake.set()

    def _end(self) -> None:
        self._over.set()
        self._wake.set()

    async def _hear(self, message: Any) -> None:
        if getattr(message, "method", "") == "notifications/tools/list_changed":
            self._wake.set()

    async def _list(self, client: Client) -> None:
        offered: list[tuple[Any, Any, Any]] = []
        cursor: str | None = None
        for _ in range(MOST_PAGES):
            page = await client.list_tools(cursor=cursor)
            offered += [(tool.name, tool.description, tool.input_schema) for tool in page.tools]
            cursor = page.next_cursor
            if not cursor or len(offered) > MOST_TOOLS:
                break
        listed = self._checkable(accepted(self._server.name, offered))
        if listed != self._listed:
            self._listed = listed
            self._tell(listed)

    def _checkable(self, listed: McpListed) -> McpListed:
        """Without tools whose schemas cannot be used."""
        complaints = {
            tool.name: complaint
            for tool in listed.tools
            if tool.checked and (complaint := schema.schema_complaint(tool.schema))
        }
        tools = tuple(tool for tool in listed.tools if tool.name not in complaints)
        self._checks = {tool.name: schema.SchemaCheck(tool.schema) for tool in tools if tool.checked}
        left_out = tuple(f"{name}: {harmless(what, 200)}" for name, what in complaints.items())
        return McpListed(listed.server, tools, listed.left_out + left_out)

    @property
    def _connected(self) -> Client:
        if self._client is None or self._watch.why:
            raise ToolFailed(f"the MCP server {self._server.name} is not there now")
        return self._client

    async def call(self, call: CallMcp) -> McpReturned:
        """What came of it; never raises, but for its cancellation."""
        try:
            if check := self._checks.get(call.tool):
                check(call.arguments)
            result = await self._connected.call_tool(call.tool, call.arguments)
        except ToolFailed as failed:
            return McpReturned(call.number, failure(str(failed)), str(failed))
        except Exception as error:
            name = f"the MCP server {self._server.name}"
            why = told = f"{name}: {harmless(self._watch.why or reason(error))}"
            if isinstance(error, MCPError) and not self._watch.why:  # it may quote people
                why = f"{name} answers with the error {error.error.code}"
            return McpReturned(call.number, failure(told), why)
        content = [block.model_dump(mode="json", by_alias=True) for block in result.content]
        text = harmless_text(result_text(content, result.structured_content))
        text = cut(text, self._server.output_chars)
        if result.is_error:
            return McpReturned(call.number, failure(text or "it failed"), "the tool failed")
        return McpReturned(call.number, text or '{"status": "done"}')


def harmless_text(text: str) -> str:
    """As UTF-8 can carry it."""
    return text.encode(errors="replace").decode()


def reason(error: BaseException) -> str:
    """In words; of several errors the first."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, TimeoutError):
        return "it did not answer in time"
    if isinstance(error, MCPError):
        return f"it says: {error.error.message}"
    if isinstance(error, ToolFailed):
        return str(error)
    if isinstance(error, httpx2.TransportError):
        return f"it cannot be reached ({type(error).__name__})"
    said = getattr(error, "strerror", None) or str(error).split("\n")[0]
    return f"{type(error).__name__}{f': {said}' if said else ''}"
